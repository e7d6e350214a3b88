package dev.mor4j.perplexity;

import java.util.Arrays;
import java.util.List;

/** How many tokens took 0, 1, ... recursion steps. */
public final class DepthHistogram {
  private final long[] counts;

  /**
   * @param deepest the model's recursion count
   */
  public DepthHistogram(int deepest) {
    counts = new long[deepest + 1];
  }

  /** Adds one depth for each token. */
  public void add(int... depths) {
    for (int depth : depths) {
      counts[depth]++;
    }
  }

  /** Tokens by depth, from 0 to the deepest. */
  public List<Long> counts() {
    return Arrays.stream(counts).boxed().toList();
  }

  /** Tokens in all. */
  public long tokenCount() {
    return Arrays.stream(counts).sum();
  }

  /** Share of the tokens that took just so many steps; NaN of no tokens. */
  public double share(int depth) {
    return (double) counts[depth] / tokenCount();
  }

  /** Steps per token, on average; NaN of no tokens. */
  public double mean() {
    double steps = 0;
    for (int depth = 0; depth < counts.length; depth++) {
      steps += (double) depth * counts[depth];
    }
    return steps / tokenCount();
  }
}
