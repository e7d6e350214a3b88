package dev.mor4j.batch;

import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;

/**
 * A model made of a hash function. Every slot that a row looks at changes its result, and with it
 * its depth and the next token: whatever goes wrong on the way shows in the text.
 */
record HashModel(KvLayout layout, long seed) {
  private static final int VOCABULARY = 5;

  MorConfig config() {
    return layout.config();
  }

  boolean hasEnds() {
    return config().recursion().sharing().hasUnsharedEnds();
  }

  /** Region of the coda, which there must be. */
  int codaRegion() {
    return layout.regions().size() - 1;
  }

  /** Passes that tokens of a mode can take. */
  int passCount(RoutingMode mode) {
    return config().recursion().sharing().repeatsEachLayer() ? 1 : mode.depthLimit();
  }

  /** Passes of the deepest tokens. */
  int passes() {
    return passCount(RoutingMode.of(RoutingMode.Rule.FIXED, config().recursionCount()));
  }

  /** Steps whose slots a region has of its own. */
  int steps(int region) {
    return layout.regions().get(region).steps();
  }

  /** Whose slots rows of a pass take and look at. */
  int cacheStep(int pass) {
    return steps(layout.blockRegion()) == 1 ? 0 : pass;
  }

  long embed(int token, int position) {
    return mix(mix(seed, token), position);
  }

  /** What a row stores. */
  long stored(long state, int region, int pass) {
    return mix(mix(state, region), pass);
  }

  /** What becomes of a row that looks at stored values, in this order. */
  long attend(long state, long[] seen) {
    long sum = state;
    for (long value : seen) {
      sum = mix(sum, value);
    }
    return sum;
  }

  /** Whether a row takes a pass; a rule that looks ahead also sees how many rows there are. */
  boolean takes(long state, int pass, RoutingMode mode, int rowCount) {
    return switch (mode.rule()) {
      case FIXED -> true;
      case TRAINED, DRAWN -> Math.floorMod(mix(state, pass), 3) > 0;
      case TOP_K -> Math.floorMod(mix(mix(state, pass), rowCount), 2) > 0;
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
