package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mor4j.cli.options.DemoModel;
import dev.mor4j.engine.Model;
import dev.mor4j.quantize.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Help for users: hints after mistakes, progress, and how to continue after an interrupt. */
class CommandUseTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "serve    | unknown command 'serve' (mor --help lists the commands)",
        "quantise | unknown command 'quantise', did you mean quantize? (mor --help lists the commands)",
        "embedd   | unknown command 'embedd', did you mean embed? (mor --help lists the commands)",
        "rn       | unknown command 'rn', did you mean run? (mor --help lists the commands)"
      })
  void suggestsOnlyCommandsWithSimilarNames(String command, String line) {
    assertThat(CommandRun.of(command)).isEqualTo(new CommandRun(2, "", "mor: " + line + "\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "tokenize", "embed"})
  void saysHowToGiveAPrompt(String command) {
    assertThat(CommandRun.of(command, "Once upon a time").err())
        .isEqualTo(
            "mor: unexpected argument 'Once upon a time': give a text with -p \"TEXT\" (try mor %s --help)\n"
                .formatted(command));
  }

  @Test
  void readsTheTextOfADashFromStandardInput() throws IOException {
    String[] run = {"run", "-f", "-", "-n", "4", "--temp", "0"};
    String output = folder.resolve("out.safetensors").toString();

    assertThat(CommandRun.withInput("Mia\n", "tokenize", "--ids", "-f", "-").out())
        .isEqualTo(CommandRun.of("tokenize", "--ids", "-p", "Mia").out());
    assertThat(CommandRun.withInput("Mia\n", run).out()).startsWith("Mia");
    assertThat(
            CommandRun.withInput("Mia\nTom\n", "run", "--parallel", "2", "-f", "-", "-n", "2")
                .out())
        .startsWith("=== 1 of 2 ===\nMia");
    assertThat(
            CommandRun.withInput("word ".repeat(99), "perplexity", "-f", "-", "-c", "32")
                .exitCode())
        .isZero();
    assertThat(CommandRun.withInput("Mia", "logits", "-f", "-", "-o", output).exitCode()).isZero();
  }

  @Test
  void explainsPromptsThatAreTyped() {
    CommandRun run = CommandRun.typing("Mia\n", "run", "-n", "2");

    assertThat(run.exitCode()).isZero();
    assertThat(run.err())
        .startsWith("Each line that you type is a prompt of its own;")
        .contains("Ctrl-C stops the text", "mor run -p TEXT");
  }

  @Test
  void reportsAMemoryLimitBelowTheMinimum() {
    CommandRun small = CommandRun.of("run", "-p", "Mia", "-n", "2", "--kv-cache-bytes", "1K");
    CommandRun large = CommandRun.of("run", "-p", "Mia", "-n", "2", "--kv-cache-bytes", "64M");

    assertThat(small.exitCode()).isZero();
    assertThat(small.err())
        .containsPattern(
            "mor: --kv-cache-bytes: raised from 1\\.0 KiB to [\\d.]+ .iB, which one full context needs");
    assertThat(large.err()).doesNotContain("raised");
  }

  @Test
  void sizesTheCacheForTheContextThatIsAsked() throws IOException {
    String model = DemoModel.path().toString();

    assertThat(CommandRun.of("inspect", model).out())
        .containsPattern("for a context of \\d+ tokens, the model's own");
    assertThat(CommandRun.of("inspect", "-c", "77", model).out())
        .containsPattern("for a context of 77 tokens\n");
    assertThat(
            JsonMapper.builder()
                .build()
                .readTree(CommandRun.of("inspect", "--json", "-c", "77", model).out())
                .at("/model/kv_f16_bytes/step 2")
                .longValue())
        .isEqualTo(77L * 2 * 128 * 2 * 2);
    assertThat(CommandRun.of("inspect", "-c", "0", model).err())
        .isEqualTo("mor: -c: expected 1 or more, found 0\n");
  }

  @Test
  void storesTheTokensBesideTheirLogits() throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), "Once upon\n");
    Path output = folder.resolve("out.safetensors");

    CommandRun run = CommandRun.of("logits", "-f", text.toString(), "-o", output.toString());

    assertThat(run).isEqualTo(new CommandRun(0, "", ""));
    try (SafetensorsFile file = SafetensorsFile.open(output)) {
      assertThat(file.tensors().keySet()).contains("tokens", "logits", "depth");
    }
    assertThat(Files.readString(output, StandardCharsets.ISO_8859_1))
        .contains("\"tokens\":{\"dtype\":\"I32\",\"shape\":[3]");
  }

  @Test
  void refusesLogitsBeyondTheModelsContext() throws IOException {
    int context;
    try (Model model = Model.load(DemoModel.path())) {
      context = model.config().contextLength();
    }
    String output = folder.resolve("out.safetensors").toString();

    CommandRun run = CommandRun.of("logits", "--tokens", "5,".repeat(context) + "5", "-o", output);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .isEqualTo(
            "mor: text: expected at most %d tokens, the context of the model, found %d\n"
                .formatted(context, context + 1));
    assertThat(Path.of(output)).doesNotExist();
  }

  @Test
  void showsTheProgressOfManyPrompts() throws IOException {
    Path prompts = Files.writeString(folder.resolve("prompts.txt"), "Mia\nTom\n");
    String results = folder.resolve("results.jsonl").toString();
    String[] command = {
      "run", "--parallel", "2", "-f", prompts.toString(), "-o", results, "-n", "2"
    };

    assertThat(CommandRun.watchingErrors(command).err()).containsPattern("prompts 100%.* 2/2");
    Files.delete(Path.of(results));
    assertThat(CommandRun.of(command).err()).doesNotContain("100%");
  }

  /** SIGTERM ends a process in the same way as Ctrl-C. */
  @Test
  void saysHowToContinueAfterAnInterrupt() throws Exception {
    String brief = "{\"prompt\": \"Mia\", \"n_predict\": 2}\n";
    String endless = "{\"prompt\": \"Mia\", \"logit_bias\": \"%d-inf\"}\n".formatted(endOfText());
    Path prompts = Files.writeString(folder.resolve("my prompts.jsonl"), brief.repeat(3) + endless);
    Path results = folder.resolve("results.jsonl");
    Path errors = folder.resolve("errors.txt");
    String[] command = {
      "run", "--parallel", "2", "-c", "16384", "-f", prompts.toString(), "-o", results.toString()
    };

    try (WatchService changes = folder.getFileSystem().newWatchService()) {
      folder.register(
          changes, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
      Process process = start(List.of(), errors, command);
      while (!Files.exists(results) || Files.readAllLines(results).size() < 3) {
        WatchKey key = changes.take();
        key.pollEvents();
        key.reset();
      }
      process.destroy();
      assertThat(process.waitFor()).isEqualTo(128 + 15);
    }

    assertThat(errors)
        .content()
        .contains(
            "mor: interrupted: %s has 3 of 4 results; to continue, run: mor run --parallel 2 -c 16384 -f '%s' -o %s\n"
                .formatted(results, prompts, results));
  }

  @Test
  void findsBackendsThatCannotBeLoaded() throws Exception {
    Path errors = folder.resolve("errors.txt");
    Process process =
        start(List.of("-Dmor4j.backends=" + folder.resolve("none")), errors, "doctor");
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(out).containsPattern("FAIL +devices +.*none").contains("1 problem found");
  }

  private static int endOfText() throws IOException {
    try (Model model = Model.load(DemoModel.path())) {
      return model.endOfText().orElseThrow();
    }
  }

  private static Process start(List<String> properties, Path errors, String... command)
      throws IOException {
    return new ProcessBuilder(
            Stream.of(
                    Stream.of(
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dmor4j.home=" + System.getProperty("mor4j.home"),
                        "-cp",
                        System.getProperty("java.class.path")),
                    properties.stream(),
                    Stream.of(MorCli.class.getName()),
                    Stream.of(command))
                .flatMap(words -> words)
                .toList())
        .redirectError(errors.toFile())
        .start();
  }
}
