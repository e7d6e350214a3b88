package dev.mor4j.sampling;

/** The end of a {@link SamplerChain}: picks one of the remaining candidates. */
interface TokenPick {

  /** Picks a candidate and returns its token id. */
  int pick(Candidates candidates);
}
