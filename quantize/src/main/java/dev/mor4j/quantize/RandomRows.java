package dev.mor4j.quantize;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * Rows of normally distributed values. Each row has its own seed, so a value depends only on the
 * tensor's seed and its position.
 */
record RandomRows(long seed, long rowValues, float mean, float deviation) implements RowSource {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

  @Override
  public MemorySegment rows(long first, long count, MemorySegment room) {
    long at = 0;
    for (long row = first; row < first + count; row++) {
      SplittableRandom random = new SplittableRandom(mixed(seed + row));
      for (long i = 0; i < rowValues; i++) {
        room.set(FLOAT, at, (float) (mean + deviation * random.nextGaussian()));
        at += Float.BYTES;
      }
    }
    return room;
  }

  /**
   * Mixes the bits of a seed: SplittableRandom counts up from its seed, so that neighbouring seeds
   * would give overlapping sequences.
   *
   * <p>Source: the finalizer of MurmurHash3.
   */
  private static long mixed(long bits) {
    long mixed = (bits ^ (bits >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }
}
