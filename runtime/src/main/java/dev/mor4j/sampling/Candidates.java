package dev.mor4j.sampling;

import java.util.BitSet;

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
   * @param offset where the logit of token 0 stands
   * @param length tokens of the vocabulary
   * @throws IllegalArgumentException if no distribution can be made of the logits
   */
  void load(float[] source, int offset, int length) {
    UsableLogits.greatest(source, offset, length);
    size = length;
    if (ids.length < size) {
      ids = new int[size];
      logits = new float[size];
    }
    System.arraycopy(source, offset, logits, 0, size);
    for (int i = 0; i < size; i++) {
      ids[i] = i;
    }
    ordered = 0;
    byId = true;
  }

  /** Whether a candidate is left that can be picked. */
  boolean isAnyPossible() {
    for (int i = 0; i < size; i++) {
      if (logits[i] > Float.NEGATIVE_INFINITY) {
        return true;
      }
    }
    return false;
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

  /** What becomes of a logit, given a number that belongs to its token. */
  @FunctionalInterface
  interface LogitChange {
    /** The new logit: finite, or negative infinity if it was. */
    float apply(float logit, int number);
  }

  /** Changes the logits of those candidates that {@code numbers} holds a number for. */
  void change(TokenNumbers numbers, LogitChange change) {
    if (byId) {
      for (int i = 0; i < numbers.size(); i++) {
        int id = numbers.token(i);
        if (id < size) {
          logits[id] = change.apply(logits[id], numbers.of(id));
        }
      }
    } else {
      for (int i = 0; i < size; i++) {
        int number = numbers.of(ids[i]);
        if (number != 0) {
          logits[i] = change.apply(logits[i], number);
        }
      }
    }
    ordered = 0;
  }

  /**
   * A changed logit as one that a distribution can be made of: extreme settings must not make
   * infinities, and an impossible token stays impossible.
   */
  static float changed(float logit, double wanted) {
    return logit == Float.NEGATIVE_INFINITY
        ? logit
        : (float) Math.clamp(wanted, -Float.MAX_VALUE, Float.MAX_VALUE);
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
    // StrictMath gives the same bits on every machine, so the same seed picks the same token.
    return StrictMath.exp(logits[index] - max);
  }

  double weightSum(double max) {
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += weight(i, max);
    }
    return sum;
  }

  /**
   * How uncertain the choice is, in nats.
   *
   * @param sum {@code weightSum(max)}
   */
  double entropy(double max, double sum) {
    double weighted = 0;
    for (int i = 0; i < size; i++) {
      double weight = weight(i, max);
      if (weight > 0) {
        weighted += weight * (logits[i] - max);
      }
    }
    return StrictMath.log(sum) - weighted / sum;
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

  /** Keeps those at these indices, in the order they are in. */
  void keep(BitSet indices) {
    int kept = 0;
    for (int i = indices.nextSetBit(0); i >= 0; i = indices.nextSetBit(i + 1)) {
      ids[kept] = ids[i];
      logits[kept] = logits[i];
      kept++;
    }
    byId &= kept == size;
    // Gaps in the front move others up, still in order, but how many is not worth counting.
    ordered = kept == size ? ordered : 0;
    size = kept;
  }

  /** Keeps the first in order. */
  void keepLikeliest() {
    int best = likeliest();
    ids[0] = ids[best];
    logits[0] = logits[best];
    byId = size == 1 && byId;
    size = 1;
    ordered = 1;
  }

  /** The index of the first in order. */
  int likeliest() {
    int best = 0;
    for (int i = 1; i < size && ordered == 0; i++) {
      if (precedes(i, best)) {
        best = i;
      }
    }
    return best;
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
