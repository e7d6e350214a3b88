package dev.mor4j.perplexity;

/**
 * A sequence to compute, and the tokens that its positions should predict. The arrays are not
 * copied and must not be modified.
 *
 * @param inputs the sequence's token ids
 * @param firstScored the first scored position; the positions before it are context only
 * @param targets the token that follows {@code firstScored}, and those that follow the positions
 *     after it
 */
record ScoredWindow(int[] inputs, int firstScored, int[] targets) {
  ScoredWindow {
    if (targets.length == 0 || firstScored < 0 || firstScored + targets.length > inputs.length) {
      throw new IllegalArgumentException(
          "expected targets for positions below %s, found %s from %s on"
              .formatted(inputs.length, targets.length, firstScored));
    }
  }
}
