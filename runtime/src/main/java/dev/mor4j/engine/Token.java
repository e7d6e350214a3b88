package dev.mor4j.engine;

import dev.mor4j.sampling.TokenLogProbability;
import java.util.List;

/**
 * One generated token. A token that ends the text is only given if text became certain with it.
 *
 * @param id its number in the vocabulary
 * @param text the text that became certain with it: never half a character, sometimes empty
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
