package dev.mor4j.engine;

import dev.mor4j.batch.SequenceOptions;

/** Takes the last hidden states of a sequence in, token after token, and makes vectors of them. */
final class HiddenPool {
  private final Pooling pooling;
  private final int length;
  private final float[] values;

  /** Sums of doubles, so that the order of magnitude of a long text costs no digits. */
  private final double[] sums;

  private int count;

  /**
   * @param length values of one state
   * @param tokenCount tokens of the sequence
   */
  HiddenPool(Pooling pooling, int length, int tokenCount) {
    this.pooling = pooling;
    this.length = length;
    values = new float[pooling == Pooling.NONE ? Math.multiplyExact(tokenCount, length) : length];
    sums = new double[pooling == Pooling.MEAN ? length : 0];
  }

  /** Position from which on states are wanted; the last one's alone if below 0. */
  static int firstWanted(Pooling pooling) {
    return switch (pooling) {
      case NONE, MEAN -> 0;
      case LAST -> SequenceOptions.NEWEST;
    };
  }

  /**
   * Takes the next state.
   *
   * @param states left as they are, and not kept
   * @param offset where it begins
   */
  void add(float[] states, int offset) {
    switch (pooling) {
      case NONE -> System.arraycopy(states, offset, values, count * length, length);
      case LAST -> System.arraycopy(states, offset, values, 0, length);
      case MEAN -> {
        for (int i = 0; i < length; i++) {
          sums[i] += states[offset + i];
        }
      }
    }
    count++;
  }

  /** The vectors, one after another. */
  float[] vectors(boolean isNormalized) {
    for (int i = 0; i < sums.length; i++) {
      values[i] = (float) (sums[i] / count);
    }
    for (int start = 0; isNormalized && start < values.length; start += length) {
      normalize(start);
    }
    return values;
  }

  /** A vector of zeros stays one. */
  private void normalize(int start) {
    double squares = 0;
    for (int i = start; i < start + length; i++) {
      squares += (double) values[i] * values[i];
    }
    if (squares > 0) {
      double scale = 1 / Math.sqrt(squares);
      for (int i = start; i < start + length; i++) {
        values[i] = (float) (values[i] * scale);
      }
    }
  }
}
