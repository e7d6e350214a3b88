package dev.mor4j.perplexity;

/** Cross entropy and perplexity of predicted tokens. */
public final class PerplexityScore {
  private final RunningMean negativeLogLikelihood = new RunningMean();

  /** Creates a score without tokens. */
  public PerplexityScore() {}

  /**
   * Adds one token.
   *
   * @param logProbability natural logarithm of the probability that the model gave to the token
   */
  public void add(double logProbability) {
    negativeLogLikelihood.add(-logProbability);
  }

  /** The number of scored tokens. */
  public long tokenCount() {
    return negativeLogLikelihood.count();
  }

  /** Mean negative log-probability in nats; NaN without tokens. */
  public double crossEntropy() {
    return negativeLogLikelihood.mean();
  }

  /** The exponential of the cross entropy. */
  public double perplexity() {
    return Math.exp(crossEntropy());
  }

  /** Standard error of the perplexity, assuming independent tokens; NaN for fewer than two. */
  public double perplexityError() {
    return perplexity() * negativeLogLikelihood.standardError();
  }
}
