package dev.mor4j.perplexity;

/**
 * One sequence to compute, and the tokens that its positions should predict. Not changed once made.
 *
 * @param inputs token ids that enter
 * @param firstScored the first position that is scored; all before it are context only
 * @param targets what should follow at {@code firstScored} and each position after it
 */
record ScoredWindow(int[] inputs, int firstScored, int[] targets) {
  ScoredWindow {
    if (targets.length == 0 || firstScored < 0 || firstScored + targets.length > inputs.length) {
      throw new IllegalArgumentException(
          "expected targets for positions below %d, found %d from %d on"
              .formatted(inputs.length, targets.length, firstScored));
    }
  }
}
