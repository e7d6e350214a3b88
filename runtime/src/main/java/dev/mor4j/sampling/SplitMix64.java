package dev.mor4j.sampling;

import java.util.random.RandomGenerator;

/**
 * Random numbers from a seed, the same on every JDK and machine: SplitMix64 (Steele, Lea and Flood
 * 2014, "Fast splittable pseudorandom number generators", with mixing variant 13 of Stafford).
 *
 * <p>{@link java.util.SplittableRandom} gives the same numbers today, but does not promise to.
 */
final class SplitMix64 implements RandomGenerator {

  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private long state;

  SplitMix64(long seed) {
    state = seed;
  }

  @Override
  public long nextLong() {
    state += GOLDEN_GAMMA;
    long mixed = state;
    mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
    mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
    return mixed ^ (mixed >>> 31);
  }

  /** The upper 53 bits, as a multiple of 2<sup>-53</sup> below 1. */
  @Override
  public double nextDouble() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }
}
