package dev.mor4j.tests.fuzz;

import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionConfig;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.SharingPattern;

/** A small file with large keys and values: 64 steps with wide heads. */
final class LargeCache {
  private LargeCache() {}

  static MorConfig config() {
    return new MorConfig(
        "large cache",
        1 << 24,
        16,
        16,
        16,
        new AttentionConfig(8, 8, 80, 1e-5f, 10_000, 16),
        new RecursionConfig(64, 1, SharingPattern.CYCLE),
        RoutingConfig.NONE,
        KvPolicy.PER_STEP);
  }
}
