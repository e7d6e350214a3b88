package dev.mor4j.batch;

import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;

/**
 * A model made of a hash function. Every slot that a row reads changes its hidden state, and with
 * it its depth and the next token, so any error in scheduling or slots changes the generated text.
 */
record HashModel(KvLayout layout, long seed) {
  private static final int VOCABULARY = 5;

  MorConfig config() {
    return layout.config();
  }

  boolean hasEnds() {
    return config().recursion().sharing().hasUnsharedEnds();
  }

  /** Region of the coda; only for models that have one. */
  int codaRegion() {
    return layout.regions().size() - 1;
  }

  /** Most runs of the shared block for tokens of a mode. */
  int runCount(RoutingMode mode) {
    return config().recursion().sharing().repeatsEachLayer() ? 1 : mode.depthLimit();
  }

  /** Most runs of the shared block for any token. */
  int maxRunCount() {
    return runCount(RoutingMode.of(RoutingMode.Rule.FIXED, config().recursionCount()));
  }

  /** Number of steps with slots of their own in a region. */
  int steps(int region) {
    return layout.regions().get(region).steps();
  }

  /** The step whose slots rows at a recursion step write and read. */
  int cacheStep(int step) {
    return steps(layout.blockRegion()) == 1 ? 0 : step;
  }

  long embed(int token, int position) {
    return mix(mix(seed, token), position);
  }

  /** What a row stores. */
  long stored(long state, int region, int step) {
    return mix(mix(state, region), step);
  }

  /** Hidden state of a row after it has read stored values in this order. */
  long attend(long state, long[] values) {
    long sum = state;
    for (long value : values) {
      sum = mix(sum, value);
    }
    return sum;
  }

  /** Whether a row takes a step; a rule that is not causal also depends on the number of rows. */
  boolean takes(long state, int step, RoutingMode mode, int rowCount) {
    return switch (mode.rule()) {
      case FIXED -> true;
      case TRAINED, DRAWN -> Math.floorMod(mix(state, step), 3) > 0;
      case TOP_K -> Math.floorMod(mix(mix(state, step), rowCount), 2) > 0;
    };
  }

  int nextToken(long state) {
    return (int) Math.floorMod(state, (long) VOCABULARY);
  }

  private static long mix(long a, long b) {
    long mixed = (a ^ Long.rotateLeft(b * 0x9e3779b97f4a7c15L, 31)) * 0xbf58476d1ce4e5b9L;
    return mixed ^ (mixed >>> 29);
  }
}
