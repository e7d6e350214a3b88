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
 * The logits of one row of the last coda; valid until the next one. The device also computes a
 * digest of them: the greatest logit and the sum of exponentials of each part of the vocabulary. A
 * greedy pick and a log-probability need no more than that, so the logits themselves are copied
 * from the device on first use only. Confined to the engine's thread.
 */
public final class RowLogits {
  private final StageRunner runner;
  private final int row;
  private final Optional<LogitDigest> digest;
  private float @Nullable [] values;

  /**
   * The logits of a row.
   *
   * @param runner has run the coda; borrowed
   * @param row index among the rows whose logits were wanted
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
   * @param history the sequence's tokens so far
   * @throws IllegalArgumentException if the sampler refuses the logits
   */
  public int pick(Sampler sampler, TokenHistory history) {
    return digest.isPresent() && sampler.isGreedy()
        ? digest.get().likeliest()
        : sampler.sample(values(), history);
  }

  /** The natural logarithm of the sum of exponentials: a logit less this is a log-probability. */
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
   * The most likely tokens, the likeliest first.
   *
   * @param logSumExp the row's {@link #logSumExp}
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
