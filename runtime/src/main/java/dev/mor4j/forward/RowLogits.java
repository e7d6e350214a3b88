package dev.mor4j.forward;

import dev.mor4j.ggml.LogSumExp;
import dev.mor4j.graph.StageRunner;
import dev.mor4j.sampling.LogProbability;
import dev.mor4j.sampling.LogitDigest;
import dev.mor4j.sampling.Sampler;
import dev.mor4j.sampling.TokenHistory;
import dev.mor4j.sampling.TokenLogProbability;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The logits of one row of the last coda, until the next one. They are read only if the digest that
 * the device made of them says too little. Engine thread.
 */
public final class RowLogits {
  private final StageRunner runner;
  private final int row;
  private final Optional<LogitDigest> digest;
  private float @Nullable [] values;

  /**
   * @param runner borrowed
   * @param row among those whose logits were wanted
   */
  RowLogits(StageRunner runner, int row) {
    this.runner = runner;
    this.row = row;
    float[] pieces = runner.digests(row);
    digest = pieces.length == 0 ? Optional.empty() : LogitDigest.of(pieces);
  }

  /**
   * The token that a sampler picks.
   *
   * @throws IllegalArgumentException as the sampler says
   */
  public int pick(Sampler sampler, TokenHistory history) {
    return digest.isPresent() && sampler.isGreedy()
        ? digest.get().likeliest()
        : sampler.sample(values(), history);
  }

  /** What to subtract from logits for the natural logarithms of their softmax. */
  public double logSumExp() {
    return digest.isPresent()
        ? digest.get().logSumExp()
        : LogSumExp.of(values(), 0, values().length);
  }

  /** The logit of a token. */
  public float of(int token) {
    return digest.isPresent() && digest.get().likeliest() == token
        ? digest.get().greatest()
        : values()[token];
  }

  /**
   * The most likely tokens, in order.
   *
   * @param logSumExp of this row
   */
  public List<TokenLogProbability> top(int count, double logSumExp) {
    return count == 0
        ? List.of()
        : LogProbability.top(values(), 0, values().length, count, logSumExp);
  }

  private float[] values() {
    float[] known = values;
    if (known == null) {
      known = runner.logits(row);
      values = known;
    }
    return known;
  }
}
