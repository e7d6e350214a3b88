package dev.mor4j.model;

import java.util.List;

/**
 * Random recursion depths, for measurements: a model of random weights does not route tokens as a
 * trained one does. A token's depth depends only on the seed and its position, so drawn depths are
 * causal.
 *
 * @param shares share of the tokens that takes step 0, step 1, and so on: each in 0..1, never
 *     increasing
 * @param seed seed of the draws
 */
public record DepthDraw(List<Double> shares, long seed) {
  /** No draws. */
  public static final DepthDraw NONE = new DepthDraw(List.of(), 0);

  /** 2^64 divided by the golden ratio; it moves neighbouring positions far apart. */
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  public DepthDraw {
    shares = List.copyOf(shares);
    double before = 1;
    for (double share : shares) {
      Checks.that(
          share >= 0 && share <= before, "share of drawn depths", "0..1, never increasing", share);
      before = share;
    }
  }

  /** Number of steps that the token at a position takes, 0 up to the number of shares. */
  public int depth(int position) {
    double drawn = drawn(position);
    int depth = 0;
    while (depth < shares.size() && drawn < shares.get(depth)) {
      depth++;
    }
    return depth;
  }

  /** Uniform over [0, 1). Source: the mixing function of SplitMix64. */
  private double drawn(int position) {
    long bits = (seed + 1) * 0xD1342543DE82EF95L + (position + 1) * GOLDEN_GAMMA;
    bits = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
    bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
    bits ^= bits >>> 31;
    return (bits >>> 11) * 0x1p-53;
  }
}
