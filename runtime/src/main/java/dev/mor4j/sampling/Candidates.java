package dev.mor4j.sampling;

import java.util.BitSet;
import java.util.Objects;

/**
 * The tokens that may come next, with their logits. The sampler loads this buffer with the whole
 * vocabulary for each token, and its rules exclude candidates or change their logits. A candidate
 * precedes another if its logit is higher, or equal with a lower id.
 *
 * <p>Valid while a rule is applied, on the thread that applies it.
 */
public final class Candidates {

  private int[] ids = {};
  private float[] logits = {};
  private int size;
  // Number of candidates at the front that are known to be sorted and to precede all others.
  private int ordered;
  // Whether candidate i is token i.
  private boolean byId;

  Candidates() {}

  /**
   * Makes every token a candidate.
   *
   * @param offset index of the logit of token 0
   * @param length size of the vocabulary
   * @throws IllegalArgumentException if the logits define no distribution
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

  /** Whether at least one candidate can be picked. */
  boolean isAnyPossible() {
    for (int i = 0; i < size; i++) {
      if (logits[i] > Float.NEGATIVE_INFINITY) {
        return true;
      }
    }
    return false;
  }

  /** Number of candidates, excluded ones included. */
  public int size() {
    return size;
  }

  /**
   * The token id of a candidate. Before the first stage of the chain, candidate {@code i} is token
   * {@code i}; later in no particular order.
   *
   * @param index 0 to {@code size() - 1}
   * @throws IndexOutOfBoundsException if there is no such candidate
   */
  public int id(int index) {
    return ids[checked(index)];
  }

  /**
   * The logit of a candidate: finite, or negative infinity if it is excluded.
   *
   * @param index 0 to {@code size() - 1}
   * @throws IndexOutOfBoundsException if there is no such candidate
   */
  public float logit(int index) {
    return logits[checked(index)];
  }

  /**
   * Replaces the logit of a candidate.
   *
   * @param index 0 to {@code size() - 1}
   * @param logit finite, or negative infinity to exclude the candidate
   * @throws IndexOutOfBoundsException if there is no such candidate
   * @throws IllegalArgumentException if the logit is NaN or positive infinity
   */
  public void setLogit(int index, float logit) {
    if (!(logit < Float.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "logit of token %s: expected a finite number or negative infinity, found %s"
              .formatted(id(index), logit));
    }
    logits[checked(index)] = logit;
    ordered = 0;
  }

  /**
   * Excludes a candidate: it keeps its index, but cannot be picked.
   *
   * @param index 0 to {@code size() - 1}
   * @throws IndexOutOfBoundsException if there is no such candidate
   */
  public void exclude(int index) {
    setLogit(index, Float.NEGATIVE_INFINITY);
  }

  private int checked(int index) {
    return Objects.checkIndex(index, size);
  }

  /** Computes a new logit from the number that belongs to the token. */
  @FunctionalInterface
  interface LogitChange {
    /** The new logit: finite, or negative infinity if it was. */
    float apply(float logit, int number);
  }

  /** Changes the logits of all candidates whose token has a number in {@code numbers}. */
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
   * Clamps a changed logit to finite values, so that extreme settings make no infinities. An
   * excluded token stays excluded.
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

  /** The unnormalized softmax weight of a candidate: 1 if its logit is {@code max}. */
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
   * Entropy of the candidates' distribution, in nats.
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
   * Replaces every logit by its distance from {@code max} times {@code factor}. The softmax is
   * invariant to the shift, and the largest logits cannot overflow.
   */
  void scaleFrom(float max, double factor) {
    for (int i = 0; i < size; i++) {
      logits[i] = logits[i] == max ? 0 : (float) ((logits[i] - (double) max) * factor);
    }
  }

  /** Keeps the first {@code count} candidates. */
  void truncate(int count) {
    size = Math.min(size, count);
    ordered = Math.min(ordered, size);
  }

  /** Keeps the candidates with at least this logit, in their current order. */
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

  /** Keeps the candidates at these indices, in their current order. */
  void keep(BitSet indices) {
    int kept = 0;
    for (int i = indices.nextSetBit(0); i >= 0; i = indices.nextSetBit(i + 1)) {
      ids[kept] = ids[i];
      logits[kept] = logits[i];
      kept++;
    }
    byId &= kept == size;
    // Gaps at the front move others up, still sorted; counting them costs more than it saves.
    ordered = kept == size ? ordered : 0;
    size = kept;
  }

  /** Keeps the candidate that precedes all others. */
  void keepLikeliest() {
    int best = likeliest();
    ids[0] = ids[best];
    logits[0] = logits[best];
    byId = size == 1 && byId;
    size = 1;
    ordered = 1;
  }

  /** Index of the candidate that precedes all others. */
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
   * Moves the {@code count} preceding candidates to the front, sorted; the others follow unsorted.
   * Costs one scan over all and a heap of {@code count}, not a full sort.
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

  /** Restores the heap of {@code end} candidates, whose root is preceded by all, from a root. */
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
