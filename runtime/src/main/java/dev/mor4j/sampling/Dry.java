package dev.mor4j.sampling;

/**
 * DRY ("don't repeat yourself") as in llama.cpp: a token that would continue a repetition is made
 * less likely, the more so the longer the repetition is: by {@code multiplier * base^(length -
 * allowedLength)}. A repetition does not reach across a sequence breaker.
 */
final class Dry implements SamplingRule {

  private final DryOptions options;
  private final SequenceBreakers breakers;
  // One more than the exponent, for each token that would continue a repetition.
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
      int next = history.fromEnd(back - 1); // what followed then would continue it now
      if (excess > excesses.of(next) && !breakers.isBreaker(next)) {
        excesses.put(next, excess);
      }
    }
    candidates.change(excesses, change);
  }

  /**
   * For each number of tokens {@code back}: how many tokens before that point equal the last of the
   * history. The Z-algorithm on the history read backwards, so its time is linear.
   */
  private void measureRepeats(TokenHistory history, int window) {
    if (repeats.length < window) {
      repeats = new int[Math.max(window, 2 * repeats.length)];
    }
    int start = 0;
    int end = 0; // [start, end) is the stretch farthest back known to equal the beginning
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
