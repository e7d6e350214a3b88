package dev.mor4j.perplexity;

/** How well tokens were predicted: cross entropy in nats, and its exponential. */
public final class PerplexityScore {
  private final RunningMean negativeLogLikelihood = new RunningMean();

  /** A score of no tokens. */
  public PerplexityScore() {}

  /**
   * Adds one token.
   *
   * @param logProbability natural logarithm of the probability that the model gave it
   */
  public void add(double logProbability) {
    negativeLogLikelihood.add(-logProbability);
  }

  /** Tokens scored. */
  public long tokenCount() {
    return negativeLogLikelihood.count();
  }

  /** Mean negative log-probability in nats; NaN of no tokens. */
  public double crossEntropy() {
    return negativeLogLikelihood.mean();
  }

  /** Exponential of the cross entropy. */
  public double perplexity() {
    return Math.exp(crossEntropy());
  }

  /** Standard error of the perplexity, tokens taken as independent; NaN of fewer than two. */
  public double perplexityError() {
    return perplexity() * negativeLogLikelihood.standardError();
  }
}
