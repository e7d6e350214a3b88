package dev.mor4j.perplexity;

import java.time.Duration;
import java.util.Optional;

/**
 * What a run gave.
 *
 * @param score of the scored tokens
 * @param depths of all tokens computed
 * @param time of computing and scoring
 * @param divergence from the reference run, where there is one
 */
public record PerplexityReport(
    PerplexityScore score, DepthHistogram depths, Duration time, Optional<Divergence> divergence) {

  /** Tokens computed per second. */
  public double tokensPerSecond() {
    return depths.tokenCount() / (Math.max(1, time.toNanos()) / 1e9);
  }
}
