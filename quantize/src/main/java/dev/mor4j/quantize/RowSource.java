package dev.mor4j.quantize;

import java.lang.foreign.MemorySegment;

/** The values of a tensor; any thread may take any rows. */
@FunctionalInterface
interface RowSource {
  /**
   * Rows as 32-bit floats.
   *
   * @param room native, as many floats as the rows have; used unless the rows are such floats
   *     already
   * @return the floats, native
   */
  MemorySegment rows(long first, long count, MemorySegment room);
}
