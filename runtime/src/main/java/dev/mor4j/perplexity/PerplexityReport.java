package dev.mor4j.perplexity;

import java.time.Duration;
import java.util.Optional;

/**
 * The results of a run.
 *
 * @param score the score of the scored tokens
 * @param depths the depths of all computed tokens, scored or not
 * @param time the time of computing and scoring
 * @param divergence the divergence from a reference run, if the run was compared with one
 */
public record PerplexityReport(
    PerplexityScore score, DepthHistogram depths, Duration time, Optional<Divergence> divergence) {

  /** Computed tokens per second. */
  public double tokensPerSecond() {
    return depths.tokenCount() / (Math.max(1, time.toNanos()) / 1e9);
  }
}
