package dev.mor4j.sampling;

/** Keeps the {@code count} most likely tokens. */
record TopK(int count) implements LikeliestKeeping {
  @Override
  public void apply(Candidates candidates, TokenHistory history) {
    candidates.order(count);
    candidates.truncate(count);
  }
}
