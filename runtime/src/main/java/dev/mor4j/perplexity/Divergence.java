package dev.mor4j.perplexity;

import java.util.Arrays;

/**
 * Compares the predictions and depths of a run with those of a reference run over the same tokens.
 */
public final class Divergence {
  private static final int FIRST_CAPACITY = 1024;

  private final PerplexityScore reference = new PerplexityScore();
  private final RunningMean divergence = new RunningMean();
  private final RunningMean logRatio = new RunningMean();
  private final RunningMean squaredChange = new RunningMean();
  private final DepthHistogram referenceDepths;
  private final int recursionCount;
  private float[] divergences = new float[FIRST_CAPACITY];
  private long agreements;
  private long flips;

  /**
   * @param recursionCount the model's recursion steps
   */
  Divergence(int recursionCount) {
    this.recursionCount = recursionCount;
    referenceDepths = new DepthHistogram(recursionCount);
  }

  /**
   * Adds one position.
   *
   * @param expected natural logarithms of the reference's probabilities, one per token id
   * @param found natural logarithms of the run's probabilities
   * @param target the token that follows in the text
   */
  void add(float[] expected, float[] found, int target) {
    double sum = 0;
    for (int token = 0; token < expected.length; token++) {
      double probability = Math.exp(expected[token]);
      if (probability > 0) {
        sum += probability * ((double) expected[token] - found[token]);
      }
    }
    int position = (int) divergence.count();
    if (position == divergences.length) {
      divergences = Arrays.copyOf(divergences, 2 * position);
    }
    divergences[position] = (float) sum;
    divergence.add(sum);
    reference.add(expected[target]);
    logRatio.add((double) expected[target] - found[target]);
    double change = Math.exp(found[target]) - Math.exp(expected[target]);
    squaredChange.add(change * change);
    if (likeliest(expected) == likeliest(found)) {
      agreements++;
    }
  }

  /** Adds the depths of the same tokens in both runs. */
  void addDepths(int[] expected, int[] found) {
    referenceDepths.add(expected);
    for (int i = 0; i < expected.length; i++) {
      // A token takes all steps below its depth, so the difference is the number of other
      // decisions.
      flips += Math.abs(expected[i] - found[i]);
    }
  }

  private static int likeliest(float[] logProbabilities) {
    int best = 0;
    for (int token = 1; token < logProbabilities.length; token++) {
      if (logProbabilities[token] > logProbabilities[best]) {
        best = token;
      }
    }
    return best;
  }

  /** The reference run's score. */
  public PerplexityScore reference() {
    return reference;
  }

  /** The run's perplexity divided by the reference's. */
  public double perplexityRatio() {
    return Math.exp(logRatio.mean());
  }

  /** Standard error of {@link #perplexityRatio}, from paired differences. */
  public double perplexityRatioError() {
    return perplexityRatio() * logRatio.standardError();
  }

  /** Mean Kullback-Leibler divergence of the run from the reference, in nats. */
  public double mean() {
    return divergence.mean();
  }

  /** Standard error of the mean divergence. */
  public double meanError() {
    return divergence.standardError();
  }

  /**
   * A quantile of the divergences by position.
   *
   * @param share share of the positions that do not exceed the result, from 0 (minimum) to 1
   *     (maximum)
   */
  public double quantile(double share) {
    float[] sorted = Arrays.copyOf(divergences, (int) divergence.count());
    Arrays.sort(sorted);
    return sorted[(int) Math.ceil(share * (sorted.length - 1))];
  }

  /** The share of positions at which both runs give the same token the highest probability. */
  public double topAgreement() {
    return (double) agreements / divergence.count();
  }

  /** Root mean square change of the probability of the token that follows in the text. */
  public double rmsChange() {
    return Math.sqrt(squaredChange.mean());
  }

  /** Depths of the reference run. */
  public DepthHistogram referenceDepths() {
    return referenceDepths;
  }

  /** The number of compared routing decisions: one per token and recursion step. */
  public long tokenSteps() {
    return referenceDepths.tokenCount() * recursionCount;
  }

  /** The share of {@link #tokenSteps} whose decision differs. */
  public double flipRate() {
    return (double) flips / tokenSteps();
  }
}
