package dev.mor4j.cli.bench;

import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;

/**
 * One test: it either processes prompts or generates tokens.
 *
 * @param promptTokens tokens of each prompt; 0 in a test of generation
 * @param generatedTokens tokens that each sequence generates; 0 in a test of prompts
 * @param depthTokens tokens of context before the measured ones
 * @param routing routing mode
 */
public record BenchTest(
    int promptTokens, int generatedTokens, int depthTokens, RoutingMode routing) {
  private static final int MOST_TOKENS = 1 << 20;

  public BenchTest {
    require("prompt tokens", promptTokens);
    require("generated tokens", generatedTokens);
    require("tokens of context", depthTokens);
    if ((promptTokens == 0) == (generatedTokens == 0)) {
      throw new IllegalArgumentException(
          "test: expected prompt tokens or generated tokens, found %s and %s"
              .formatted(promptTokens, generatedTokens));
    }
  }

  private static void require(String what, int count) {
    if (count < 0 || count > MOST_TOKENS) {
      throw new InvalidConfigException(what, "0.." + MOST_TOKENS, String.valueOf(count));
    }
  }

  /** Whether the test generates tokens. */
  boolean isDecode() {
    return generatedTokens > 0;
  }

  /** Measured tokens of a sequence. */
  int tokens() {
    return promptTokens + generatedTokens;
  }

  /**
   * Positions that a sequence may need. With different depths, some sequences run ahead of others.
   */
  public int contextSize() {
    // The context is cached once for all sequences that share it; reserve room for one more copy.
    return 2 * depthTokens + (isDecode() ? 2 * generatedTokens + 2 : promptTokens + 1);
  }

  /** The name in llama-bench: {@code pp512}, {@code tg128 @ d512}. */
  public String label() {
    String label = isDecode() ? "tg" + generatedTokens : "pp" + promptTokens;
    return depthTokens == 0 ? label : "%s @ d%s".formatted(label, depthTokens);
  }
}
