package dev.mor4j.perplexity;

import java.util.Arrays;
import java.util.List;

/** Counts tokens by the number of recursion steps that they took. */
public final class DepthHistogram {
  private final long[] counts;

  /**
   * @param recursionCount the model's recursion count
   */
  public DepthHistogram(int recursionCount) {
    counts = new long[recursionCount + 1];
  }

  /** Adds the depths of tokens. */
  public void add(int... depths) {
    for (int depth : depths) {
      counts[depth]++;
    }
  }

  /** Token counts by depth, from 0 to the model's recursion count. */
  public List<Long> counts() {
    return Arrays.stream(counts).boxed().toList();
  }

  /** The number of tokens. */
  public long tokenCount() {
    return Arrays.stream(counts).sum();
  }

  /** The share of tokens with exactly this depth; NaN if there are no tokens. */
  public double share(int depth) {
    return (double) counts[depth] / tokenCount();
  }

  /** The mean number of steps per token; NaN if there are no tokens. */
  public double mean() {
    double steps = 0;
    for (int depth = 0; depth < counts.length; depth++) {
      steps += (double) depth * counts[depth];
    }
    return steps / tokenCount();
  }
}
