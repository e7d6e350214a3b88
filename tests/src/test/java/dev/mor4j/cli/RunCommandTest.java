package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.cli.options.DemoModel;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.Token;
import dev.mor4j.engine.TokenStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCommandTest {
  private static final String PROMPT = "Once upon a time";

  @TempDir private Path folder;

  @Test
  void printsPromptAndContinuation() throws IOException {
    List<Token> tokens = greedyTokens(12);

    CommandRun run = CommandRun.of("run", "-p", PROMPT, "-n", "12", "--temp", "0");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).isEqualTo(PROMPT + text(tokens) + "\n");
  }

  @Test
  void copiedWeightsGiveTheSameText() {
    CommandRun mapped = CommandRun.of("run", "-p", PROMPT, "-n", "12", "--temp", "0");
    CommandRun copied = CommandRun.of("run", "-p", PROMPT, "-n", "12", "--temp", "0", "--no-mmap");

    assertThat(copied.exitCode()).as(copied.err()).isZero();
    assertThat(copied.out()).isEqualTo(mapped.out());
  }

  @Test
  void omitsThePromptOnRequest() throws IOException {
    List<Token> tokens = greedyTokens(4);

    CommandRun run =
        CommandRun.of("run", "-p", PROMPT, "-n", "4", "--temp", "0", "--no-display-prompt");

    assertThat(run.out()).isEqualTo(text(tokens) + "\n");
  }

  @Test
  void endsWithStatistics() {
    CommandRun run =
        CommandRun.of(
            "run", "-p", PROMPT, "-n", "4", "--seed", "7", "--routing", "fixed:2", "-ctk", "f32");

    assertThat(run.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).isEmpty(),
            line -> assertThat(line).matches("load time +[\\d.]+ ms"),
            line -> assertThat(line).matches("prompt +5 tokens +[\\d.]+ ms +[\\d.]+ tokens/s"),
            line -> assertThat(line).matches("generated +4 tokens +[\\d.]+ ms +[\\d.]+ tokens/s"),
            line -> assertThat(line).matches("mean depth +2\\.00 of 3 recursion steps"),
            line -> assertThat(line).matches("  depth 0 +0 tokens +0\\.0 %"),
            line -> assertThat(line).matches("  depth 1 +0 tokens +0\\.0 %"),
            line -> assertThat(line).matches("  depth 2 +8 tokens +100\\.0 %  █{30}"),
            line -> assertThat(line).matches("  depth 3 +0 tokens +0\\.0 %"),
            line -> assertThat(line).matches("compute saved +33\\.3 % of the shared block"),
            line -> assertThat(line).matches("K/V cache +[\\d.]+ KiB"),
            line -> assertThat(line).matches("  prelude +[\\d.]+ KiB"),
            line -> assertThat(line).matches("  step 0 +[\\d.]+ KiB"),
            line -> assertThat(line).matches("  step 1 +[\\d.]+ KiB"),
            line -> assertThat(line).matches("  step 2 +0 B"),
            line -> assertThat(line).matches("  coda +[\\d.]+ KiB"),
            line -> assertThat(line).matches("finished +-n limit reached; seed 7"));
  }

  @Test
  void repeatsTextForSameSeed() {
    String[] args = {"run", "-p", PROMPT, "-n", "16", "--temp", "1.2", "-s", "11"};

    CommandRun first = CommandRun.of(args);
    CommandRun second = CommandRun.of(args);

    assertThat(second.out()).isEqualTo(first.out());
  }

  @Test
  void marksDepthsWithoutColors() throws IOException {
    List<Token> tokens = greedyTokens(4);

    CommandRun run = CommandRun.of("run", "-p", PROMPT, "-n", "4", "--temp", "0", "--show-depth");

    String marked =
        tokens.stream()
            .map(token -> token.text() + "⁰¹²³".charAt(token.depth()))
            .collect(Collectors.joining());
    assertThat(run.out()).isEqualTo(PROMPT + marked + "\n");
    assertThat(run.err()).startsWith("recursion steps spent to choose each token: ⁰ ¹ ² ³\n");
  }

  @Test
  void colorsDepthsOnATerminal() throws IOException {
    List<Token> tokens = greedyTokens(4);

    CommandRun run =
        CommandRun.onTerminal("run", "-p", PROMPT, "-n", "4", "--temp", "0", "--show-depth");

    assertThat(run.out()).startsWith(PROMPT + "\u001b[30;48;5;").contains("\u001b[0m");
    assertThat(run.out().replaceAll("\u001b\\[[\\d;]*m", ""))
        .isEqualTo(PROMPT + text(tokens) + "\n");
  }

  @Test
  void readsThePromptFromAFileOrPipe() throws IOException {
    Path file = Files.writeString(folder.resolve("prompt.txt"), PROMPT + "\n");

    CommandRun fromFile = CommandRun.of("run", "-f", file.toString(), "-n", "4", "--temp", "0");
    CommandRun fromPipe = CommandRun.withInput(PROMPT + "\n", "run", "-n", "4", "--temp", "0");

    assertThat(fromFile.out()).startsWith(PROMPT).isEqualTo(fromPipe.out());
    assertThat(fromFile.out()).isEqualTo(PROMPT + text(greedyTokens(4)) + "\n");
  }

  @Test
  void continuesEachTypedLine() throws IOException {
    String tooLong = "word ".repeat(200);

    CommandRun run =
        CommandRun.typing(
            PROMPT + "\n\n" + tooLong + "\n" + PROMPT + "\n",
            "run",
            "-n",
            "4",
            "--temp",
            "0",
            "-c",
            "64");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).isEqualTo((PROMPT + text(greedyTokens(4)) + "\n").repeat(2));
    assertThat(run.err())
        .contains("\n> [4 tokens, ")
        .contains("mor: prompt: expected at most 64 tokens")
        .containsPattern("generated +8 tokens");
  }

  private static String text(List<Token> tokens) {
    return tokens.stream().map(Token::text).collect(Collectors.joining());
  }

  private static List<Token> greedyTokens(int count) throws IOException {
    GenerationRequest request =
        GenerationRequest.builder().prompt(PROMPT).maxTokens(count).temperature(0).build();
    List<Token> tokens = new ArrayList<>();
    try (Model model = Model.load(DemoModel.path());
        Engine engine = Engine.builder(model).build();
        TokenStream stream = engine.generate(request)) {
      stream.forEach(tokens::add);
    }
    return tokens;
  }
}
