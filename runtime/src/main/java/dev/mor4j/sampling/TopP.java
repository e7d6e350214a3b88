package dev.mor4j.sampling;

/** Keeps the most likely tokens until their cumulative probability reaches {@code mass}. */
record TopP(float mass) implements LikeliestKeeping {

  // Most distributions are narrow, so a few candidates are sorted first, and more when needed.
  private static final int FIRST_ORDERED = 256;

  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    double max = candidates.maxLogit();
    double wanted = mass * candidates.weightSum(max);
    double sum = 0;
    int kept = 0;
    int front = FIRST_ORDERED;
    candidates.order(front);
    while (kept < candidates.size()) {
      if (kept == front) {
        front *= 4;
        candidates.order(front);
      }
      sum += candidates.weight(kept++, max);
      if (sum >= wanted) {
        break;
      }
    }
    candidates.truncate(kept);
  }
}
