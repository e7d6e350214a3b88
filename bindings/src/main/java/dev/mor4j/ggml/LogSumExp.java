package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Mor;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** What to subtract from logits for the natural logarithms of their softmax. Any thread. */
public final class LogSumExp {
  private LogSumExp() {}

  /**
   * The natural logarithm of the sum of e^x, within 1e-6 of the exact sum, relatively; by vector
   * code, which {@link Math#exp} in a loop is not.
   *
   * @param values finite or negative infinity
   * @param from where those that are summed begin
   * @param count how many; negative infinity is returned for none
   */
  public static double of(float[] values, int from, int count) {
    Objects.checkFromIndexSize(from, count, values.length);
    GgmlLibrary.load();
    MemorySegment summed =
        MemorySegment.ofArray(values)
            .asSlice((long) from * Float.BYTES, (long) count * Float.BYTES);
    return Mor.mor_log_sum_exp(summed, count);
  }
}
