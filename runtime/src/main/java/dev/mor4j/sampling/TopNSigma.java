package dev.mor4j.sampling;

/**
 * Keeps tokens whose logits are at most {@code count} standard deviations below the highest (Tang
 * et al. 2024, arXiv 2411.07641). Excluded tokens are ignored.
 */
record TopNSigma(float count) implements LikeliestKeeping {
  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    double sum = 0;
    int possible = 0;
    for (int i = 0; i < candidates.size(); i++) {
      if (candidates.logit(i) > Float.NEGATIVE_INFINITY) {
        sum += candidates.logit(i);
        possible++;
      }
    }
    double mean = sum / possible;
    double squares = 0;
    for (int i = 0; i < candidates.size(); i++) {
      if (candidates.logit(i) > Float.NEGATIVE_INFINITY) {
        double distance = candidates.logit(i) - mean;
        squares += distance * distance;
      }
    }
    candidates.keepFrom(candidates.maxLogit() - count * Math.sqrt(squares / possible));
  }
}
