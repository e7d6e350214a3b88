package dev.mor4j.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlagNamesTest {
  private static final Set<String> FLAGS =
      Set.of("-c", "-n", "--top-k", "--routing", "--max-depth");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "top-k: expected 0 or more, found -1 | --top-k: expected 0 or more, found -1",
        "prompt: expected at most 32 tokens (the engine's context size), found 99"
            + " | prompt: expected at most 32 tokens (the engine's context size), found 99 (set by -c)",
        "recursion depth: expected 1..3, found 9"
            + " | recursion depth: expected 1..3, found 9 (set by --routing, --max-depth)",
        "K/V type: expected f16, found q9 | K/V type: expected f16, found q9",
        "context size: expected 1 (set by -c) | context size: expected 1 (set by -c)",
        "no such model | no such model"
      })
  void addsTheFlagsThatTheCommandHas(String message, String expected) {
    assertThat(FlagNames.addTo(message, FLAGS::contains)).isEqualTo(expected);
  }
}
