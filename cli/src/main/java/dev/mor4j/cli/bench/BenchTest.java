package dev.mor4j.cli.bench;

import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;

/**
 * One thing to measure. Either a prompt is read or tokens are written, never both.
 *
 * @param promptTokens tokens of each prompt; 0 where tokens are written
 * @param generatedTokens tokens that each sequence writes; 0 where prompts are read
 * @param depthTokens tokens of context that each sequence has before, not measured
 * @param routing how tokens get their recursion depth
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
          "test: expected prompt tokens or generated tokens, found %d and %d"
              .formatted(promptTokens, generatedTokens));
    }
  }

  private static void require(String what, int count) {
    if (count < 0 || count > MOST_TOKENS) {
      throw new InvalidConfigException(what, "0.." + MOST_TOKENS, String.valueOf(count));
    }
  }

  /** Whether tokens are written. */
  boolean isDecode() {
    return generatedTokens > 0;
  }

  /** Tokens of a sequence that are measured. */
  int tokens() {
    return promptTokens + generatedTokens;
  }

  /** Positions that a sequence may need; with depths of their own, some run ahead. */
  public int contextSize() {
    // The context before is held once for those who share it, and must find room once more.
    return 2 * depthTokens + (isDecode() ? 2 * generatedTokens + 2 : promptTokens + 1);
  }

  /** As llama-bench calls it: {@code pp512}, {@code tg128 @ d512}. */
  public String label() {
    String label = isDecode() ? "tg" + generatedTokens : "pp" + promptTokens;
    return depthTokens == 0 ? label : "%s @ d%d".formatted(label, depthTokens);
  }
}
