package dev.mor4j.sampling;

/**
 * Rules that remove unlikely tokens.
 *
 * @param topK number of most likely tokens to keep; 0 keeps all
 * @param topP keeps the most likely tokens until their cumulative probability reaches this; 1 keeps
 *     all
 * @param minP keeps tokens with at least this share of the most likely token's probability; 0 keeps
 *     all
 * @param typicalP locally typical sampling: keeps the tokens whose surprisal is nearest to the
 *     entropy until their cumulative probability exceeds this; 1 keeps all
 * @param topNSigma keeps tokens whose logits are at most this many standard deviations below the
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
