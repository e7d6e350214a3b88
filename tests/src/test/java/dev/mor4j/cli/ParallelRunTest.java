package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mor4j.cli.options.DemoModel;
import dev.mor4j.engine.Model;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code mor run --parallel}. */
class ParallelRunTest {
  private static final List<String> PROMPTS =
      List.of("Once upon a time", "The little frog", "Mia", "Once upon a time, a");

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"1", "3", "9"})
  void printsWhatSingleRunsPrint(String sequences) throws IOException {
    Path prompts = prompts("prompts.txt", String.join("\n\n", PROMPTS));

    CommandRun all = run(prompts, sequences, "-n", "10", "--temp", "0");

    StringBuilder expected = new StringBuilder();
    for (int index = 0; index < PROMPTS.size(); index++) {
      CommandRun one = CommandRun.of("run", "-p", PROMPTS.get(index), "-n", "10", "--temp", "0");
      expected.append("=== %d of 4 ===\n%s\n".formatted(index + 1, one.out()));
    }
    assertThat(all.out()).isEqualTo(expected.toString());
    assertThat(all.exitCode()).isZero();
  }

  @Test
  void usesTheSettingsOfEachPrompt() throws IOException {
    Path prompts =
        prompts(
            "prompts.jsonl",
            """
            {"prompt": "Once upon a time", "id": "first", "max_tokens": 3, "seed": 5}
            {"prompt": "The little frog", "id": 2, "routing": "fixed:1", "temperature": 0}

            {"prompt": "Once upon a time", "n_predict": 6, "top_k": 1, "stop": ["quiet", "brave"]}
            """);

    CommandRun run = run(prompts, "2", "-n", "4", "--seed", "9", "--routing", "fixed:2");

    List<JsonNode> results = json(run.out());
    assertThat(results).hasSize(3);
    JsonNode first = results.getFirst();
    assertThat(names(first))
        .containsExactly(
            "index",
            "id",
            "prompt",
            "text",
            "prompt_tokens",
            "tokens",
            "mean_depth",
            "depth_counts",
            "finish_reason",
            "seed");
    assertThat(first.get("id").textValue()).isEqualTo("first");
    assertThat(first.get("tokens").intValue()).isEqualTo(3);
    assertThat(first.get("mean_depth").doubleValue()).isEqualTo(2);
    assertThat(first.get("depth_counts").toString()).isEqualTo("[0,0,7,0]");
    assertThat(first.get("seed").intValue()).isEqualTo(5);
    assertThat(first.get("finish_reason").textValue()).isEqualTo("length");
    assertThat(results.get(1).get("id").intValue()).isEqualTo(2);
    assertThat(results.get(1).get("tokens").intValue()).isEqualTo(4);
    assertThat(results.get(1).get("mean_depth").doubleValue()).isEqualTo(1);
    assertThat(results.get(1).get("seed").intValue()).isEqualTo(9);
    assertThat(results.get(2).has("id")).isFalse();
    assertThat(results.get(2).get("index").intValue()).isEqualTo(2);
    assertThat(results.get(2).get("prompt").textValue()).isEqualTo("Once upon a time");
    assertThat(results.get(2).get("finish_reason").textValue()).isIn("stop", "length");
  }

  @Test
  void settingsOfAPromptReplaceThoseOfTheCommandLine() throws IOException {
    String greedy = text(CommandRun.of("run", "-p", "Mia", "-n", "12", "--temp", "0"), "Mia");
    String word = greedy.strip().split(" ", -1)[3];
    Path prompts =
        prompts(
            "prompts.jsonl",
            """
            {"prompt": "Mia", "stop": ["%s"]}
            {"prompt": "Mia", "stop": []}
            {"prompt": "Mia"}
            """
                .formatted(word));

    CommandRun run = run(prompts, "2", "-n", "12", "--temp", "0", "--stop", greedy.substring(0, 3));

    assertThat(json(run.out()).stream().map(result -> result.get("text").textValue()))
        .containsExactly(greedy.substring(0, greedy.indexOf(word)), greedy, "");
  }

  @Test
  void repeatsADrawnSeed() throws IOException {
    Path prompts = prompts("prompts.txt", "Mia\nMia\nMia\n");

    CommandRun drawn = run(prompts, "3", "-n", "8", "--temp", "2", "--json");

    List<JsonNode> results = json(drawn.out());
    assertThat(results.stream().map(result -> result.get("seed").longValue()).distinct())
        .hasSize(3);
    String seed = results.getLast().get("seed").asText();
    CommandRun again = CommandRun.of("run", "-p", "Mia", "-n", "8", "--temp", "2", "-s", seed);
    assertThat(text(again, "Mia")).isEqualTo(results.getLast().get("text").textValue());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"prompt": "a", "tempp": 1}              | field: expected one of dry_allowed_length, .*, xtc_threshold, found "tempp"
          {"prompt": "a", "top-k": 1}              | field: expected one of .* found "top-k"
          {"prompt": "a", "top_k": -1}             | top_k: expected 0 or more, found -1
          {"prompt": "a", "top_k": "x"}            | top_k: expected a whole number of 32 bits, found the string "x"
          {"prompt": "a", "top_k": [1, 2]}         | top_k: expected a whole number of 32 bits, found an array
          {"prompt": "a", "stop": [null]}          | stop: expected a string or an array of strings, found an array with null
          {"prompt": "a", "temp": 1, "temperature": 1} | temp and temperature: expected one of them, as they mean the same, found both
          {"prompt": "a", "n_predict": 0}          | n_predict: expected 1 or more, or -1 for no limit, found 0
          {"prompt": "a", "routing": "deep"}       | routing: expected trained, top-k, fixed:N .* found deep
          {"prompt": "a", "routing": "fixed:9"}    | recursion depth: expected 1..3, found 9
          {"prompt": "a", "routing": "top-k"}      | routing: expected trained or fixed:N for generation \\(top-k is not causal\\), found top-k
          {"prompt": "a", "id": 1.5}               | id: expected a string or a whole number, found 1.5
          {"prompt": ""}                           | prompt: expected either a text or token ids, found none
          {"prompt": 5}                            | prompt: expected a string, found 5
          {"id": "a"}                              | prompt: expected a string, found none
          {"prompt": "a", "prompt": "b"}           | request: expected a JSON object, found Duplicate field 'prompt'
          ["a"]                                    | request: expected a JSON object, found an array
          {"prompt": "a"} {}                       | request: expected a JSON object, found more text after it
          {"prompt": "a"                           | request: expected a JSON object, found .*
          """)
  void refusesMistakesByFileAndLine(String line, String message) throws IOException {
    Path prompts = prompts("prompts.jsonl", "{\"prompt\": \"Mia\"}\n\n" + line + "\n");

    CommandRun run = run(prompts, "2", "-n", "2");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).matches("mor: .*prompts\\.jsonl:3: " + message + "\\n");
  }

  @Test
  void refusesContradictingFlags() throws IOException {
    Path prompts = prompts("prompts.txt", "Mia\n");
    Path empty = prompts("empty.txt", "\n\n");

    assertThat(run(prompts, "2", "--show-depth").err())
        .isEqualTo("mor: --show-depth: expected a single prompt, found --parallel\n");
    assertThat(CommandRun.of("run", "-f", prompts.toString(), "--json").err())
        .isEqualTo("mor: --json: expected --parallel N with it, found none\n");
    assertThat(CommandRun.of("run", "--parallel", "2").err())
        .isEqualTo("mor: --parallel: expected -f FILE with the prompts, found none\n");
    assertThat(run(empty, "2").err())
        .endsWith("empty.txt: expected a prompt on each line, found none\n");
    assertThat(run(prompts, "0").err())
        .isEqualTo("mor: parallel sequences: expected 1 or more, found 0 (set by --parallel)\n");
  }

  @Test
  void continuesAfterAPromptThatIsTooLong() throws IOException {
    Path prompts = prompts("prompts.txt", "Mia\n" + "word ".repeat(99) + "\nThe frog\n");

    CommandRun run = run(prompts, "2", "-n", "2", "-c", "32", "--json");

    List<JsonNode> results = json(run.out());
    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(results.get(0).has("text")).isTrue();
    assertThat(names(results.get(1))).containsExactly("index", "prompt", "error");
    assertThat(results.get(1).get("error").textValue())
        .startsWith("prompt: expected at most 32 tokens (the engine's context size), found ");
    assertThat(results.get(2).get("prompt").textValue()).isEqualTo("The frog");
    assertThat(run.err())
        .containsPattern("mor: .*prompts\\.txt:2: prompt: expected at most 32 tokens")
        .containsPattern("prompts +2 answered, 1 failed");
  }

  @Test
  void printsFailuresInPlaceOfTexts() throws IOException {
    Path prompts =
        prompts(
            "prompts.jsonl",
            "{\"id\": \"a b\", \"prompt\": \"%s\"}\n".formatted("word ".repeat(99).strip()));
    Path lines = prompts("prompts.txt", "word ".repeat(99));

    CommandRun run = run(lines, "1", "-c", "32", "--no-display-prompt");

    assertThat(run.out()).matches("=== 1 of 1 ===\\n\\n\\(no answer: prompt: .*\\)\\n\\n");
    assertThat(json(run(prompts, "1", "-c", "32").out()).getFirst().get("id").textValue())
        .isEqualTo("a b");
  }

  @Test
  void endsWithStatisticsOfTheBatch() throws IOException {
    Path prompts = prompts("prompts.txt", String.join("\n", PROMPTS));

    CommandRun run = run(prompts, "4", "-n", "3", "--routing", "fixed:2", "-t", "1");

    assertThat(run.err().lines())
        .satisfiesExactly(
            line -> assertThat(line).isEmpty(),
            line -> assertThat(line).matches("load time +[\\d.]+ ms"),
            line -> assertThat(line).matches("prompts +4 answered, 0 failed"),
            line -> assertThat(line).matches("prompt +\\d+ tokens"),
            line -> assertThat(line).matches("generated +12 tokens +[\\d.]+ ms +[\\d.]+ tokens/s"),
            line -> assertThat(line).matches("mean depth +2\\.00 of 3 recursion steps"),
            line -> assertThat(line).matches("  depth 0 +0 tokens +0\\.0 %"),
            line -> assertThat(line).matches("  depth 1 +0 tokens +0\\.0 %"),
            line -> assertThat(line).matches("  depth 2 +\\d+ tokens +100\\.0 %  █{30}"),
            line -> assertThat(line).matches("  depth 3 +0 tokens +0\\.0 %"),
            line -> assertThat(line).matches("compute saved +33\\.3 % of the shared block"),
            line ->
                assertThat(line).matches("batch fill +[\\d.]+ rows per run of the shared block"),
            line -> assertThat(line).matches("  step 0 +[1-9][\\d.]* rows"),
            line -> assertThat(line).matches("  step 1 +[1-9][\\d.]* rows"),
            line -> assertThat(line).matches("  step 2 +0\\.00 rows"),
            line -> assertThat(line).matches("K/V cache +[\\d.]+ KiB peak, of .*"),
            line -> assertThat(line).matches("preemptions +0"),
            line -> assertThat(line).matches("shared +\\d+ prompt tokens in shared prefixes"),
            line -> assertThat(line).matches("finished +4 × -n limit reached"));
  }

  @Test
  void writesTheSameTextsWithASmallCache() throws IOException {
    Path prompts = prompts("prompts.txt", String.join("\n", PROMPTS));
    String[] flags = {"-n", "24", "-c", "32", "--temp", "0", "--deterministic"};
    CommandRun ample = run(prompts, "4", flags);

    CommandRun scarce =
        run(
            prompts,
            "4",
            "-n",
            "24",
            "-c",
            "32",
            "--temp",
            "0",
            "--deterministic",
            "--kv-cache-bytes",
            "1K");

    assertThat(scarce.out()).isEqualTo(ample.out());
    assertThat(ample.err()).containsPattern("preemptions +0\n");
    assertThat(scarce.err()).containsPattern("preemptions +[1-9]");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void continuesAfterTheLastCompleteLine(int completeCount) throws IOException {
    Path prompts = prompts("prompts.txt", String.join("\n", PROMPTS));
    Path results = folder.resolve("results.jsonl");
    CommandRun whole = into(results, prompts);
    List<String> lines = Files.readAllLines(results);
    String marked =
        IntStream.range(0, completeCount)
            .mapToObj(index -> lines.get(index).replace("\"text\":\"", "\"text\":\"kept ") + "\n")
            .reduce("", String::concat);
    String cut = lines.get(completeCount);
    Files.writeString(results, marked + cut.substring(0, cut.length() - 4));

    CommandRun rest = into(results, prompts);

    assertThat(whole.exitCode()).isZero();
    assertThat(whole.out()).isEmpty();
    assertThat(lines).hasSize(4);
    assertThat(rest.exitCode()).isZero();
    assertThat(Files.readString(results))
        .isEqualTo(marked + String.join("\n", lines.subList(completeCount, 4)) + "\n");
    assertThat(rest.err()).containsPattern("prompts +%d answered".formatted(4 - completeCount));
  }

  @Test
  void keepsACompleteFile() throws IOException {
    Path prompts = prompts("prompts.txt", "Mia\n" + "word ".repeat(99) + "\n");
    Path results = folder.resolve("results.jsonl");
    CommandRun first = run(prompts, "2", "-n", "4", "-c", "32", "-o", results.toString());
    String before = Files.readString(results);

    CommandRun second = run(prompts, "2", "-n", "4", "-c", "32", "-o", results.toString());

    assertThat(first.exitCode()).isEqualTo(1);
    assertThat(second)
        .isEqualTo(
            new CommandRun(1, "", "mor: %s already has 2 of 2 results\n".formatted(results)));
    assertThat(results).hasContent(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"index":0,"id":"b","prompt":"Mia"}|\\n  | 1: expected the result of .*prompts\\.jsonl:1, found that of another prompt
          {"index":0,"id":"a","prompt":"Mio"}|\\n  | 1: expected the result of .*prompts\\.jsonl:1, found that of another prompt
          {"index":0,"prompt":"Mia"}|\\n           | 1: expected the result of .*prompts\\.jsonl:1, found that of another prompt
          {"index":1,"id":"a","prompt":"Mia"}|\\n  | 1: expected the result of .*prompts\\.jsonl:1, found something else
          {"id":"a","prompt":"Mia"}|\\n            | 1: expected the result of .*prompts\\.jsonl:1, found something else
          My diary|\\n                             | 1: expected the result of .*prompts\\.jsonl:1, found something else
          My diary|                                | 1: expected the result of .*prompts\\.jsonl:1, found something else
          {"index":0,"id":"a","prompt":"Mia"}|\\n  | 1: expected the result of .*prompts\\.jsonl:1, found one that does not say which model and options it was made with
          """)
  void refusesAFileWithOtherContent(String line, String end, String message) throws IOException {
    Path prompts = prompts("prompts.jsonl", "{\"id\": \"a\", \"prompt\": \"Mia\"}");
    String content = line + (end == null ? "" : end.replace("\\n", "\n"));
    Path results = prompts("results.jsonl", content);

    CommandRun run = into(results, prompts);

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .matches("mor: .*results\\.jsonl:" + message + ": name another file with -o\\n");
    assertThat(results).content().isEqualTo(content);
  }

  @ParameterizedTest
  @CsvSource({
    "-s 2,     one made with other options or another seed",
    "-n 6,     one made with other options or another seed",
    "-c 64,    one made with other options or another seed",
    "-ctk f32, one made with other options or another seed",
    "-m MODEL, that of another model"
  })
  void refusesResultsOfAnotherModelOrOtherSettings(String change, String found) throws IOException {
    Path model = folder.resolve("other.gguf");
    Path prompts = prompts("prompts.txt", "Mia\nThe frog\n");
    Path results = folder.resolve("results.jsonl");
    into(results, prompts);
    String before = Files.readString(results);
    try (FileChannel file =
        FileChannel.open(
            Files.copy(DemoModel.path(), model),
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(new byte[] {1}), file.size() - 1);
    }

    CommandRun other =
        into(results, prompts, change.replace("MODEL", model.toString()).split(" ", 2));

    assertThat(other.exitCode()).isEqualTo(1);
    assertThat(other.err())
        .isEqualTo(
            "mor: %s:1: expected the result of %s:1, found %s: name another file with -o\n"
                .formatted(results, prompts, found));
    assertThat(results).content().isEqualTo(before);
  }

  @Test
  void continuesWithPromptsThatWereAdded() throws IOException {
    Path results = folder.resolve("results.jsonl");
    into(results, prompts("prompts.txt", "Mia\n"));

    CommandRun rest = into(results, prompts("prompts.txt", "Mia\nThe frog\n"), "-t", "1");

    assertThat(rest.exitCode()).isZero();
    assertThat(rest.err()).contains("already has 1 of 2 results");
    assertThat(Files.readAllLines(results)).hasSize(2);
  }

  @Test
  void refusesAFileWithMoreThanTheResults() throws IOException {
    Path prompts = prompts("prompts.txt", "Mia\n");
    Path results = folder.resolve("results.jsonl");
    into(results, prompts);
    String content = Files.writeString(results, "x", StandardOpenOption.APPEND).toString();

    CommandRun again = into(results, prompts);

    assertThat(again.err())
        .isEqualTo(
            "mor: %s:2: expected the end of the results of %s, found something else: name another file with -o\n"
                .formatted(content, prompts));
  }

  @Test
  void refusesResultsInAMissingFolder() throws IOException {
    Path prompts = prompts("prompts.txt", "Mia");

    CommandRun run = into(folder.resolve("none/results.jsonl"), prompts);

    assertThat(run.err()).matches("mor: .*results\\.jsonl: no such folder: .*create it first\\n");
  }

  @Test
  void keepsCompleteResultsWhenItIsTerminated() throws Exception {
    String brief = "{\"prompt\": \"Mia\", \"n_predict\": 2}\n";
    String endless = "{\"prompt\": \"Mia\", \"logit_bias\": \"%d-inf\"}\n".formatted(endOfText());
    Path prompts = prompts("prompts.jsonl", brief.repeat(3) + endless.repeat(3));
    Path errors = folder.resolve("errors.txt");
    Process process = start(prompts, errors);
    List<String> lines = new ArrayList<>();

    try (BufferedReader reader = process.inputReader()) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
        if (lines.size() == 3) {
          // Through the handle: Process.destroy would close the reader too.
          process.toHandle().destroy();
        }
      }
    }

    assertThat(process.waitFor()).isEqualTo(128 + 15);
    assertThat(json(String.join("\n", lines)).stream().map(each -> each.get("tokens").intValue()))
        .containsExactly(2, 2, 2);
    assertThat(errors).content().containsPattern("prompts +3 answered, 0 failed");
  }

  private static int endOfText() throws IOException {
    try (Model model = Model.load(DemoModel.path())) {
      return model.endOfText().orElseThrow();
    }
  }

  private static Process start(Path prompts, Path errors) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin/java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-Dmor4j.home=" + System.getProperty("mor4j.home"),
            "-cp",
            System.getProperty("java.class.path"),
            MorCli.class.getName(),
            "run",
            "--json",
            "--parallel",
            "3",
            "-c",
            "16384",
            "-f",
            prompts.toString())
        .redirectError(errors.toFile())
        .start();
  }

  private Path prompts(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static CommandRun run(Path prompts, String sequences, String... flags) {
    List<String> words =
        new ArrayList<>(List.of("run", "--parallel", sequences, "-f", prompts.toString()));
    words.addAll(List.of(flags));
    return CommandRun.of(words.toArray(String[]::new));
  }

  /** Greedy decoding of a few tokens per prompt. */
  private static CommandRun into(Path results, Path prompts, String... changes) {
    Map<String, String> flags = new LinkedHashMap<>();
    flags.put("-o", results.toString());
    flags.putAll(Map.of("-n", "5", "--temp", "0", "-s", "1"));
    for (int i = 0; i < changes.length; i += 2) {
      flags.put(changes[i], changes[i + 1]);
    }
    return run(
        prompts,
        "2",
        flags.entrySet().stream()
            .flatMap(flag -> Stream.of(flag.getKey(), flag.getValue()))
            .toArray(String[]::new));
  }

  /** The generated text of a single run. */
  private static String text(CommandRun run, String prompt) {
    return run.out().substring(prompt.length(), run.out().length() - 1);
  }

  private static List<JsonNode> json(String lines) {
    ObjectMapper mapper = new ObjectMapper();
    return lines
        .lines()
        .map(
            line -> {
              try {
                return mapper.readTree(line);
              } catch (IOException noJson) {
                throw new UncheckedIOException(line, noJson);
              }
            })
        .toList();
  }

  private static List<String> names(JsonNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
