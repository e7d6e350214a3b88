package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.cli.options.DemoModel;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.model.MetadataKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each mistake gives one line on standard error, nothing on standard output, and an exit code. */
class BadInputTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          -n 0                  | number of tokens: expected 1 or more, or -1 for no limit, found 0 (set by -n)
          -n -2                 | number of tokens: expected 1 or more, or -1 for no limit, found -2 (set by -n)
          -n x                  | Invalid value for option '--n-predict': 'x' is not an int (try mor run --help)
          --temp -1             | temperature: expected 0 or more, found -1 (set by --temp)
          --temp NaN            | temperature: expected 0 or more, found NaN (set by --temp)
          --temp hot            | Invalid value for option '--temp': 'hot' is not a float (try mor run --help)
          --top-k -1            | --top-k: expected 0 or more, found -1
          --top-p 1.5           | --top-p: expected 0..1, found 1.5
          --min-p -0.5          | --min-p: expected 0..1, found -0.5
          --repeat-penalty 0    | --repeat-penalty: expected more than 0, found 0
          --repeat-last-n -2    | --repeat-last-n: expected -1 or more, found -2
          -c 0                  | context size: expected 1..16777216, found 0 (set by -c)
          -c 3                  | prompt: expected at most 3 tokens (the engine's context size), found 5 tokens (set by -c)
          -t 0                  | --threads: expected 1..512, found 0
          --routing deep        | --routing: expected trained, top-k, fixed:N (N steps for every token) or drawn:1,0.5 (shares of tokens that take each step), found deep
          --routing top-k       | --routing: expected trained or fixed:N for generation (top-k is not causal), found top-k
          --routing fixed:4     | recursion depth: expected 1..3, found 4 (set by --routing, --max-depth)
          --max-depth 0         | recursion depth: expected 1..64, found 0 (set by --routing, --max-depth)
          -ctk q3               | -ctk: expected one of [f32, f16, bf16, q8_0, q4_0], found q3
          -ctv q3               | -ctv: expected one of [f32, f16, bf16, q8_0, q4_0], found q3
          -f prompt.txt         | -p and -f: expected one of them, found both
          --parallel 4          | --parallel: expected -f FILE with the prompts, found -p
          --parallel x          | Invalid value for option '--parallel': 'x' is not an int (try mor run --help)
          -o out.jsonl          | -o: expected --parallel N with it, found none
          --kv-cache-bytes 0    | K/V cache bytes: expected 1 or more, found 0 (set by --kv-cache-bytes)
          --kv-cache-bytes 2X   | Invalid value for option '--kv-cache-bytes': expected a number of bytes, as in 1048576, 512M or 2G, found 2X (try mor run --help)
          """)
  void refusesFlag(String flag, String line) {
    String[] words = flag.strip().split(" ", -1);

    CommandRun run = CommandRun.of("run", "-p", "Once upon a time", words[0], words[1]);

    assertThat(run).isEqualTo(new CommandRun(2, "", "mor: " + line + "\n"));
  }

  @Test
  void refusesEmptyPrompt() {
    CommandRun named = CommandRun.of("run", "-p", "");
    CommandRun piped = CommandRun.withInput("\n", "run");

    assertThat(named)
        .isEqualTo(
            new CommandRun(2, "", "mor: prompt: expected either a text or token ids, found none\n"))
        .isEqualTo(piped);
  }

  @Test
  void refusesPromptLongerThanContext() {
    CommandRun run = CommandRun.of("run", "-p", "word ".repeat(600));

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .matches(
            "mor: prompt: expected at most 512 tokens \\(the engine's context size\\), found \\d+ tokens \\(set by -c\\)\\n");
  }

  @Test
  void refusesContextTooLargeForMemory() throws IOException {
    // So many steps with their own K/V cache need 2 TiB, more than any machine has.
    Map<String, GgufValue> deep =
        Map.of(
            MetadataKeys.RECURSION_COUNT, GgufValue.uint32(64),
            MetadataKeys.ROUTING_TYPE, GgufValue.string("none"));
    String model = changedModel("deep.gguf", deep).toString();

    CommandRun run =
        CommandRun.of(
            "run", "-m", model, "-p", "Hi", "-c", "16777216", "-ctk", "f32", "-ctv", "f32");

    assertFails(
        run, "a context of 16777216 tokens needs \\d+ MiB for keys and values.*smaller context.*");
  }

  @Test
  void refusesUnknownDevice() {
    CommandRun run = CommandRun.of("run", "-p", "Hi", "--device", "cuda7");

    assertFails(run, "--device: expected auto or a device of this machine \\(cpu\\), found cuda7");
  }

  @Test
  void refusesMissingFiles() {
    Path nowhere = folder.resolve("none");

    assertFails(CommandRun.of("run", "-p", "Hi", "-m", nowhere.toString()), "none: no such file");
    assertFails(CommandRun.of("run", "-f", nowhere.toString()), "none: no such file or folder");
    assertFails(CommandRun.of("inspect", nowhere.toString()), "none: no such file");
  }

  @Test
  void refusesAPromptFileThatIsNotText() throws IOException {
    Path file = Files.write(folder.resolve("binary"), new byte[] {'a', 'b', (byte) 0xFF, 'c'});

    CommandRun run = CommandRun.of("run", "-f", file.toString());

    assertFails(run, "binary: invalid UTF-8 at byte 2");
  }

  @Test
  void refusesAFileThatIsNotAModel() throws IOException {
    Path file = Files.writeString(folder.resolve("model.gguf"), "something else");

    assertFails(
        CommandRun.of("run", "-p", "Hi", "-m", file.toString()), "magic: expected a GGUF file");
    assertFails(CommandRun.of("inspect", file.toString()), "magic: expected a GGUF file");
  }

  @Test
  void refusesModelWithoutTokenizer() throws IOException {
    Path model = changedModel("mute.gguf", MetadataKeys.TOKENIZER_JSON, GgufValue.string(""));

    assertFails(CommandRun.of("run", "-p", "Hi", "-m", model.toString()), "has no tokenizer");
    assertFails(CommandRun.of("tokenize", "-p", "Hi", "-m", model.toString()), "has no tokenizer");
  }

  @Test
  void refusesUnknownTokenizer() throws IOException {
    Path model =
        changedModel(
            "other.gguf",
            MetadataKeys.TOKENIZER_JSON,
            GgufValue.string("{\"model\": {\"type\": \"Unigram\"}}"));

    assertFails(
        CommandRun.of("run", "-p", "Hi", "-m", model.toString()), "tokenizer.json: .*Unigram");
  }

  @Test
  void refusesUnwritableOutput() {
    Path output = folder.resolve("none/out.safetensors");

    CommandRun run = CommandRun.of("logits", "--tokens", "1,2", "-o", output.toString());

    assertFails(run, "out.safetensors: no such folder: .*none; create it first");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void refusesUnknownCommandsAndOptions() {
    CommandRun command = CommandRun.of("rum");
    CommandRun option = CommandRun.of("inspect", "--jsom", "file");

    assertThat(command.exitCode()).isEqualTo(2);
    assertThat(command.err())
        .isEqualTo(
            "mor: unknown command 'rum', did you mean run? (mor --help lists the commands)\n");
    assertThat(option.exitCode()).isEqualTo(2);
    assertThat(option.err().lines()).hasSize(1);
    assertThat(option.err()).contains("--jsom").endsWith("(try mor inspect --help)\n");
  }

  @Test
  void printsStackTraceOnRequest() {
    CommandRun run = CommandRun.of("run", "--verbose", "-p", "");

    assertThat(run.err()).contains("InvalidConfigException", "\tat ");
  }

  private static void assertFails(CommandRun run, String pattern) {
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).matches("mor: .*" + pattern + ".*\\n");
  }

  private Path changedModel(String name, String key, GgufValue value) throws IOException {
    return changedModel(name, Map.of(key, value));
  }

  /** A copy of the demo model with some keys changed. */
  private Path changedModel(String name, Map<String, GgufValue> changes) throws IOException {
    Path changed = folder.resolve(name);
    try (GgufFile demo = GgufFile.open(DemoModel.path());
        GgufWriter writer = GgufWriter.create(changed)) {
      for (String each : demo.metadata().keys()) {
        GgufValue value = demo.metadata().find(each).orElseThrow();
        writer.metadata(each, changes.getOrDefault(each, value));
      }
      for (GgufTensorInfo tensor : demo.tensors()) {
        writer.tensor(tensor.name(), tensor.type(), tensor.shape());
      }
      for (GgufTensorInfo tensor : demo.tensors()) {
        writer.write(tensor.name(), demo.data(tensor));
      }
      writer.commit();
    }
    return changed;
  }
}
