package dev.mor4j.quantize;

import java.lang.foreign.MemorySegment;

/** The values of a tensor. Any thread may read any rows. */
@FunctionalInterface
interface RowSource {
  /**
   * Returns rows as 32-bit floats.
   *
   * @param room native memory for the rows as floats; not used if the rows are stored as F32
   * @return the floats, in native memory
   */
  MemorySegment rows(long first, long count, MemorySegment room);
}
