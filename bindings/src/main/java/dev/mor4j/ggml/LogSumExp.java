package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Mor;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The normalizer of a softmax in the log domain: log-probability = logit - log-sum-exp. Any thread.
 */
public final class LogSumExp {
  private LogSumExp() {}

  /**
   * The natural logarithm of the sum of e^x. The sum has a relative error of at most 1e-6. Uses
   * vector instructions, unlike {@link Math#exp} in a loop.
   *
   * @param values finite or negative infinity
   * @param from index of the first value
   * @param count number of values; the result for 0 is negative infinity
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
