package dev.mor4j.sampling;

/**
 * DRY ("don't repeat yourself") as in llama.cpp: subtracts {@code multiplier * base^(length -
 * allowedLength)} from the logit of each token that would continue a repetition of that length.
 * Repetitions end at sequence breakers.
 */
final class Dry implements SamplingRule {

  private final DryOptions options;
  private final SequenceBreakers breakers;
  // For each token that would continue a repetition: the exponent plus 1.
  private final TokenNumbers excesses = new TokenNumbers();
  private final Candidates.LogitChange change = this::penalized;
  private int[] repeats = {};

  Dry(DryOptions options, SequenceBreakers breakers) {
    this.options = options;
    this.breakers = breakers;
  }

  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    int window = history.size() - history.windowStart(options.lastN());
    if (window <= options.allowedLength()) {
      return;
    }
    int longest = breakers.lengthSinceLast(history, window);
    if (longest < options.allowedLength()) {
      return;
    }
    measureRepeats(history, window);
    excesses.clear();
    for (int back = 1; back < window; back++) {
      int excess = Math.min(repeats[back], longest) - options.allowedLength() + 1;
      int next = history.fromEnd(back - 1); // the token that followed the earlier occurrence
      if (excess > excesses.of(next) && !breakers.isBreaker(next)) {
        excesses.put(next, excess);
      }
    }
    candidates.change(excesses, change);
  }

  /**
   * Computes for each distance {@code back} how many tokens up to that point equal the end of the
   * history: the Z-algorithm on the reversed history, in linear time.
   */
  private void measureRepeats(TokenHistory history, int window) {
    if (repeats.length < window) {
      repeats = new int[Math.max(window, 2 * repeats.length)];
    }
    int start = 0;
    int end = 0; // [start, end): the match found so far that reaches farthest back
    for (int back = 1; back < window; back++) {
      int length = back < end ? Math.min(end - back, repeats[back - start]) : 0;
      while (back + length < window && history.fromEnd(length) == history.fromEnd(back + length)) {
        length++;
      }
      repeats[back] = length;
      if (back + length > end) {
        start = back;
        end = back + length;
      }
    }
  }

  private float penalized(float logit, int excess) {
    return Candidates.changed(
        logit, logit - options.multiplier() * StrictMath.pow(options.base(), excess - 1));
  }
}
