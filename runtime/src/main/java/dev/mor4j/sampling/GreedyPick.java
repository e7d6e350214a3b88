package dev.mor4j.sampling;

/** Picks the highest logit; among equal ones the lowest id. */
record GreedyPick() implements TokenPick {
  @Override
  public int pick(Candidates candidates) {
    return candidates.id(candidates.likeliest());
  }
}
