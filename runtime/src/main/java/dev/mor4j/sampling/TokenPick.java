package dev.mor4j.sampling;

/** The end of a {@link SamplerChain}: picks one of the candidates that are left. */
interface TokenPick {

  /** The id of the token picked. */
  int pick(Candidates candidates);
}
