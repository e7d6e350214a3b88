package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbedCommandTest {
  private static final int LENGTH = 256;

  @TempDir private Path folder;

  private static List<JsonNode> results(CommandRun run) throws IOException {
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    List<JsonNode> results = new ArrayList<>();
    for (String line : run.out().split("\n", -1)) {
      if (!line.isEmpty()) {
        results.add(JsonMapper.builder().build().readTree(line));
      }
    }
    return results;
  }

  private static double length(JsonNode vector) {
    double squares = 0;
    for (JsonNode value : vector) {
      squares += value.doubleValue() * value.doubleValue();
    }
    return Math.sqrt(squares);
  }

  @Test
  void printsTheEmbeddingOfEachLineInOrder() throws IOException {
    String texts =
        IntStream.range(0, 11)
            .mapToObj(i -> "Story " + i + " begins.")
            .collect(Collectors.joining("\n\n"));
    Path file = Files.writeString(folder.resolve("texts.txt"), texts + "\n");

    List<JsonNode> results =
        results(CommandRun.of("embed", "-f", file.toString(), "--parallel", "2"));

    assertThat(results).hasSize(11);
    for (int i = 0; i < 11; i++) {
      JsonNode result = results.get(i);
      assertThat(result.at("/index").intValue()).isEqualTo(i);
      assertThat(result.at("/text").textValue()).isEqualTo("Story " + i + " begins.");
      assertThat(result.at("/embedding").size()).isEqualTo(LENGTH);
      assertThat(length(result.at("/embedding"))).isCloseTo(1, within(1e-5));
      assertThat(result.at("/depths").size()).isEqualTo(result.at("/tokens").intValue());
      assertThat(result.at("/mean_depth").doubleValue()).isBetween(0.0, 3.0);
    }
  }

  @Test
  void poolingLastIsTheEmbeddingOfTheLastToken() throws IOException {
    String text = "Once upon a time";
    JsonNode last =
        results(CommandRun.of("embed", "-p", text, "--pooling", "last", "--embd-normalize", "-1"))
            .getFirst();
    JsonNode each =
        results(
                CommandRun.withInput(
                    text,
                    "embed",
                    "--pooling",
                    "none",
                    "--embd-normalize",
                    "-1",
                    "--routing",
                    "trained"))
            .getFirst();

    assertThat(each.at("/embedding").size()).isEqualTo(each.at("/tokens").intValue()).isEqualTo(5);
    assertThat(each.at("/embedding").get(4)).isEqualTo(last.at("/embedding"));
    assertThat(length(last.at("/embedding"))).isGreaterThan(2);
  }

  @Test
  void refusesUnknownNormalizationLongTextsAndNoText() {
    CommandRun norm = CommandRun.of("embed", "-p", "a", "--embd-normalize", "7");
    CommandRun tooLong = CommandRun.withInput("a\n" + "word ".repeat(20), "embed", "-c", "8");
    CommandRun nothing = CommandRun.withInput("\n \n", "embed");

    assertThat(List.of(norm.exitCode(), tooLong.exitCode(), nothing.exitCode())).containsOnly(2);
    assertThat(norm.err())
        .isEqualTo("mor: --embd-normalize: expected 2 (Euclidean) or -1 (none), found 7\n");
    assertThat(tooLong.err()).startsWith("mor: line 2: text: expected at most 8 tokens");
    assertThat(nothing.err()).isEqualTo("mor: expected a text on each line, found none\n");
  }
}
