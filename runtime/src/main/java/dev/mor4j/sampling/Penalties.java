package dev.mor4j.sampling;

/**
 * Penalizes recent tokens. The repetition penalty (Keskar et al. 2019, arXiv 1909.05858, section
 * 4.1) divides a positive logit and multiplies a negative one, once per token. The frequency
 * penalty is then subtracted once for each occurrence, and the presence penalty once.
 */
final class Penalties implements SamplingRule {

  private final PenaltyOptions options;
  private final TokenNumbers counts = new TokenNumbers();
  private final Candidates.LogitChange change = this::penalized;

  Penalties(PenaltyOptions options) {
    this.options = options;
  }

  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    counts.clear();
    for (int position = history.windowStart(options.lastN());
        position < history.size();
        position++) {
      int token = history.get(position);
      counts.put(token, counts.of(token) + 1);
    }
    candidates.change(counts, change);
  }

  private float penalized(float logit, int count) {
    double repeated =
        logit > 0 ? (double) logit / options.repeat() : (double) logit * options.repeat();
    return Candidates.changed(
        logit, repeated - (double) count * options.frequency() - options.presence());
  }
}
