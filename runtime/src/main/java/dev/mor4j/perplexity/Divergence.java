package dev.mor4j.perplexity;

import java.util.Arrays;

/** How far a run is from a reference run over the same tokens: predictions and routing. */
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
   * @param expected natural logarithms of the reference's probabilities, one per token
   * @param found those of the run
   * @param target the token that followed
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

  /** Adds the depths of as many tokens in both runs. */
  void addDepths(int[] expected, int[] found) {
    referenceDepths.add(expected);
    for (int i = 0; i < expected.length; i++) {
      // Who runs a step has run all before it, so depths differ by as many decisions.
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

  /** Perplexity of the reference run. */
  public PerplexityScore reference() {
    return reference;
  }

  /** The run's perplexity divided by the reference's. */
  public double perplexityRatio() {
    return Math.exp(logRatio.mean());
  }

  /** Standard error of {@link #perplexityRatio}, from the paired differences. */
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
   * The divergence that a share of the positions does not exceed.
   *
   * @param share 0 for the smallest, 1 for the largest
   */
  public double quantile(double share) {
    float[] sorted = Arrays.copyOf(divergences, (int) divergence.count());
    Arrays.sort(sorted);
    return sorted[(int) Math.ceil(share * (sorted.length - 1))];
  }

  /** Share of positions where both runs hold the same token likeliest. */
  public double topAgreement() {
    return (double) agreements / divergence.count();
  }

  /** Root of the mean squared change of the probability of the token that followed. */
  public double rmsChange() {
    return Math.sqrt(squaredChange.mean());
  }

  /** Depths of the reference run. */
  public DepthHistogram referenceDepths() {
    return referenceDepths;
  }

  /** Decisions compared: one for each token and recursion step, whether the token runs the step. */
  public long tokenSteps() {
    return referenceDepths.tokenCount() * recursionCount;
  }

  /** Share of {@link #tokenSteps} whose decision differs. */
  public double flipRate() {
    return (double) flips / tokenSteps();
  }
}
