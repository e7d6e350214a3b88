package dev.mor4j.sampling;

/**
 * Mirostat 2: keeps the mean surprisal of the text near a target.
 *
 * @param targetEntropy target surprisal in bits; tau in the paper
 * @param learningRate how fast the limit adapts; eta in the paper
 */
public record MirostatOptions(float targetEntropy, float learningRate) {

  /** llama.cpp's defaults. */
  public static final MirostatOptions DEFAULTS = new MirostatOptions(5, 0.1f);

  public MirostatOptions {
    Range.ZERO_OR_MORE.check("mirostat-ent", targetEntropy);
    Range.ZERO_OR_MORE.check("mirostat-lr", learningRate);
  }
}
