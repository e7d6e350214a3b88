package dev.mor4j.sampling;

/**
 * Which tokens may be picked at all.
 *
 * @param topK how many of the most likely tokens stay; 0 keeps all
 * @param topP the most likely tokens stay until their probabilities add up to this; 1 keeps all
 * @param minP tokens stay that are at least this times as likely as the most likely; 0 keeps all
 * @param typicalP tokens of the most usual surprise stay until their probabilities add up to more
 *     than this; 1 keeps all
 * @param topNSigma tokens stay whose logits are at most this many standard deviations below the
 *     highest; 0 or less keeps all
 */
public record CutOptions(int topK, float topP, float minP, float typicalP, float topNSigma) {

  public CutOptions {
    Range.ZERO_OR_MORE.check("top-k", topK);
    Range.SHARE.check("top-p", topP);
    Range.SHARE.check("min-p", minP);
    Range.SHARE.check("typical", typicalP);
    Range.FINITE.check("top-n-sigma", topNSigma);
  }
}
