package dev.mor4j.engine;

import dev.mor4j.batch.SequenceOptions;

/** Pools the last hidden states of a sequence into vectors. */
final class HiddenPool {
  private final Pooling pooling;
  private final int length;
  private final float[] values;

  /** Sums in double precision, since long texts would lose digits otherwise. */
  private final double[] sums;

  private int count;

  /**
   * @param length size of one state
   * @param tokenCount number of tokens of the sequence
   */
  HiddenPool(Pooling pooling, int length, int tokenCount) {
    this.pooling = pooling;
    this.length = length;
    values = new float[pooling == Pooling.NONE ? Math.multiplyExact(tokenCount, length) : length];
    sums = new double[pooling == Pooling.MEAN ? length : 0];
  }

  /** Position of the first token whose state is needed; negative for the last token only. */
  static int firstWanted(Pooling pooling) {
    return switch (pooling) {
      case NONE, MEAN -> 0;
      case LAST -> SequenceOptions.NEWEST;
    };
  }

  /**
   * Adds the state of the next token.
   *
   * @param states not changed and not kept
   * @param offset index of the state's first value
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

  /** The pooled vectors, F32 [length, vectors]. */
  float[] vectors(boolean isNormalized) {
    for (int i = 0; i < sums.length; i++) {
      values[i] = (float) (sums[i] / count);
    }
    for (int start = 0; isNormalized && start < values.length; start += length) {
      normalize(start);
    }
    return values;
  }

  /** Scales a vector to length 1; a zero vector stays zero. */
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
