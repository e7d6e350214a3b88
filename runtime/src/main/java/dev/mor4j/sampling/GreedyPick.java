package dev.mor4j.sampling;

/** The highest logit; of equal ones the lowest id. */
record GreedyPick() implements TokenPick {
  @Override
  public int pick(Candidates candidates) {
    int best = 0;
    for (int i = 1; i < candidates.size(); i++) {
      if (candidates.precedes(i, best)) {
        best = i;
      }
    }
    return candidates.id(best);
  }
}
