package dev.mor4j.cli;

import static dev.mor4j.tests.fixtures.SentencePieceLlama.FIRST_CONTROL;
import static dev.mor4j.tests.fixtures.SentencePieceLlama.WORLD;
import static dev.mor4j.tests.fixtures.SentencePieceLlama.byteToken;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.tests.fixtures.SentencePieceLlama;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands print of generated tokens. Tokens are forced by a logit bias. */
class GeneratedTextCommandTest {
  @TempDir private Path folder;

  @Test
  void keepsTheSpaceBeforeTheFirstGeneratedWord() throws IOException {
    CommandRun run = run(SentencePieceLlama.of().write(folder.resolve("m.gguf")), WORLD, "2");

    assertThat(run.out()).isEqualTo("Hello world world\n");
  }

  @Test
  void keepsTheSpaceBeforeTheFirstGeneratedWordOfManyPrompts() throws IOException {
    Path prompts = Files.writeString(folder.resolve("prompts.txt"), "Hello\n");
    Path model = SentencePieceLlama.of().write(folder.resolve("m.gguf"));

    CommandRun run =
        CommandRun.of(
            "run",
            "-m",
            model.toString(),
            "-f",
            prompts.toString(),
            "--parallel",
            "1",
            "-n",
            "2",
            "--temp",
            "0",
            "-l",
            WORLD + "+1000");

    assertThat(run.out()).contains("Hello world world\n");
  }

  @Test
  void stopsAtALineBreakThatAByteTokenWrites() throws IOException {
    Path model = SentencePieceLlama.of().write(folder.resolve("m.gguf"));

    CommandRun run = run(model, byteToken('\n'), "40", "--stop", "\n");

    assertThat(run.err()).containsPattern("generated +1 token").contains("stop");
  }

  @Test
  void anUnfinishedCharacterDoesNotSpoilTheOneBeforeIt() throws IOException {
    Path model = SentencePieceLlama.of().write(folder.resolve("m.gguf"));
    List<String> bias = new ArrayList<>();
    int[] emoji = {0xF0, 0x9F, 0x99, 0x80};
    for (int i = 0; i < emoji.length; i++) {
      bias.add("-l");
      bias.add("%d+%d".formatted(byteToken(emoji[i]), 1000 - 100 * i));
    }
    bias.addAll(List.of("--presence-penalty", "500"));

    CommandRun whole = run(model, byteToken(0xF0), "4", bias.toArray(String[]::new));
    CommandRun more = run(model, byteToken(0xF0), "5", bias.toArray(String[]::new));

    assertThat(whole.out()).isEqualTo("Hello\uD83D\uDE40\n");
    assertThat(more.out()).startsWith("Hello\uD83D\uDE40").hasSizeLessThanOrEqualTo(9);
  }

  @Test
  void endsTheTextAtAnEndOfTurnToken() throws IOException {
    Path model = SentencePieceLlama.of("<|eot_id|>").write(folder.resolve("m.gguf"));

    CommandRun run = run(model, FIRST_CONTROL, "4");

    assertThat(run.out()).isEqualTo("Hello\n");
    assertThat(run.err()).containsPattern("finished +end of text");
  }

  @Test
  void printsControlTokensOnRequest() throws IOException {
    Path model = SentencePieceLlama.of("<|tool|>").write(folder.resolve("m.gguf"));
    Path prompts =
        Files.writeString(
            folder.resolve("prompts.jsonl"),
            "{\"prompt\": \"Hello\"}\n{\"prompt\": \"Hello\", \"special\": true}\n");

    CommandRun hidden = run(model, FIRST_CONTROL, "2");
    CommandRun shown = run(model, FIRST_CONTROL, "2", "--special");
    CommandRun each =
        CommandRun.of(
            "run",
            "-m",
            model.toString(),
            "-f",
            prompts.toString(),
            "--parallel",
            "1",
            "-n",
            "2",
            "--temp",
            "0",
            "-l",
            FIRST_CONTROL + "+1000");
    CommandRun all =
        CommandRun.of(
            "run",
            "-m",
            model.toString(),
            "-f",
            prompts.toString(),
            "--parallel",
            "1",
            "-n",
            "2",
            "--temp",
            "0",
            "-l",
            FIRST_CONTROL + "+1000",
            "--special");

    assertThat(hidden.out()).isEqualTo("Hello\n");
    assertThat(shown.out()).isEqualTo("Hello<|tool|><|tool|>\n");
    assertThat(each.out().lines())
        .satisfiesExactly(
            first -> assertThat(first).contains("\"text\":\"\""),
            second -> assertThat(second).contains("\"text\":\"<|tool|><|tool|>\""));
    assertThat(all.out().lines()).allMatch(line -> line.contains("<|tool|><|tool|>"));
  }

  private static CommandRun run(Path model, int token, String count, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "run",
                "-m",
                model.toString(),
                "-p",
                "Hello",
                "-n",
                count,
                "--temp",
                "0",
                "-l",
                token + "+1000"));
    if (List.of(more).contains("-l")) {
      args.subList(args.size() - 2, args.size()).clear();
    }
    args.addAll(List.of(more));
    return CommandRun.of(args.toArray(String[]::new));
  }
}
