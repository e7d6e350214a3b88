package dev.mor4j.sampling;

/**
 * The tokens that may come next, with their logits: a buffer that is loaded anew for each token.
 * One candidate precedes another if its logit is higher, or equal with a lower id.
 */
final class Candidates {

  private int[] ids = {};
  private float[] logits = {};
  private int size;
  // How many candidates at the front are known to be the first in order.
  private int ordered;
  // Whether candidate i is still token i.
  private boolean byId;

  /**
   * Takes every token as a candidate.
   *
   * @throws IllegalArgumentException if no distribution can be made of the logits
   */
  void load(float[] source) {
    boolean possible = false;
    for (int i = 0; i < source.length; i++) {
      if (!(source[i] < Float.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "logits are not finite: %s at token %d".formatted(source[i], i));
      }
      possible |= source[i] > Float.NEGATIVE_INFINITY;
    }
    if (!possible) {
      throw new IllegalArgumentException(
          "logits are not finite: none of %d is above -Infinity".formatted(source.length));
    }
    size = source.length;
    if (ids.length < size) {
      ids = new int[size];
      logits = new float[size];
    }
    System.arraycopy(source, 0, logits, 0, size);
    for (int i = 0; i < size; i++) {
      ids[i] = i;
    }
    ordered = 0;
    byId = true;
  }

  int size() {
    return size;
  }

  int id(int index) {
    return ids[index];
  }

  float logit(int index) {
    return logits[index];
  }

  void setLogit(int index, float logit) {
    logits[index] = logit;
    ordered = 0;
  }

  /** The index of a token, or -1 if it is no candidate. */
  int indexOf(int id) {
    if (byId) {
      return id >= 0 && id < size ? id : -1;
    }
    for (int i = 0; i < size; i++) {
      if (ids[i] == id) {
        return i;
      }
    }
    return -1;
  }

  float maxLogit() {
    float max = logits[0];
    for (int i = 1; i < size && ordered == 0; i++) {
      max = Math.max(max, logits[i]);
    }
    return max;
  }

  /** What a candidate weighs in a softmax: 1 for one with the logit {@code max}. */
  double weight(int index, double max) {
    return Math.exp(logits[index] - max);
  }

  double weightSum(double max) {
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += weight(i, max);
    }
    return sum;
  }

  /**
   * Maps every logit to its distance from {@code max} times {@code factor}: a softmax sees no
   * shift, and the largest logits cannot overflow.
   */
  void scaleFrom(float max, double factor) {
    for (int i = 0; i < size; i++) {
      logits[i] = logits[i] == max ? 0 : (float) ((logits[i] - (double) max) * factor);
    }
  }

  /** Keeps the first {@code count}. */
  void truncate(int count) {
    size = Math.min(size, count);
    ordered = Math.min(ordered, size);
  }

  /** Keeps those with at least this logit, in the order they are in. */
  void keepFrom(double lowest) {
    int kept = 0;
    for (int i = 0; i < size; i++) {
      if (logits[i] >= lowest) {
        ids[kept] = ids[i];
        logits[kept] = logits[i];
        kept++;
      }
    }
    byId &= kept == size;
    truncate(kept);
  }

  boolean precedes(int left, int right) {
    return logits[left] > logits[right]
        || (logits[left] == logits[right] && ids[left] < ids[right]);
  }

  /**
   * Brings the first {@code count} candidates to the front, in order; the others stay behind them,
   * in no order. Costs one pass over all and a heap of {@code count}, not a full sort.
   */
  void order(int count) {
    int front = Math.min(count, size);
    if (front <= ordered) {
      return;
    }
    byId = false;
    for (int i = front / 2 - 1; i >= 0; i--) {
      sink(i, front);
    }
    for (int i = front; i < size; i++) {
      if (precedes(i, 0)) {
        swap(i, 0);
        sink(0, front);
      }
    }
    for (int end = front - 1; end > 0; end--) {
      swap(0, end);
      sink(0, end);
    }
    ordered = front;
  }

  /** Restores the heap of {@code end} candidates, the last in order at its root, from a root. */
  private void sink(int root, int end) {
    int at = root;
    while (2 * at + 1 < end) {
      int child = 2 * at + 1;
      if (child + 1 < end && precedes(child, child + 1)) {
        child++;
      }
      if (!precedes(at, child)) {
        return;
      }
      swap(at, child);
      at = child;
    }
  }

  private void swap(int left, int right) {
    int id = ids[left];
    float logit = logits[left];
    ids[left] = ids[right];
    logits[left] = logits[right];
    ids[right] = id;
    logits[right] = logit;
  }
}
