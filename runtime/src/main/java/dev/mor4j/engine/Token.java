package dev.mor4j.engine;

import dev.mor4j.sampling.TokenLogProbability;
import java.util.List;

/**
 * One generated token. The token that ends a text is delivered only if it completes held-back text.
 *
 * @param id its index in the vocabulary
 * @param text the text that it completes: whole characters only, often empty; empty for control
 *     tokens unless the request shows them ({@link GenerationRequest.Builder#showControlTokens})
 * @param depth recursion steps that were spent to choose it: those that the position before it took
 * @param logProbability natural logarithm of its probability under the model, before any sampling
 *     rule
 * @param topLogProbabilities the same for the likeliest tokens, as many as the request asks for
 */
public record Token(
    int id,
    String text,
    int depth,
    float logProbability,
    List<TokenLogProbability> topLogProbabilities) {
  public Token {
    topLogProbabilities = List.copyOf(topLogProbabilities);
  }
}
