package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mor4j.cli.options.DemoModel;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Evaluation;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.ggml.LogSumExp;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PerplexityCommandTest {
  private static final String FIRST =
      "Once upon a time, a brave girl lived in a white house with a green door. Her name was Mia.";
  private static final String SECOND =
      "One rainy afternoon, a fox named Thistle was playing inside. \"Who broke the window?\" she"
          + " asked.";
  private static final int WINDOW = 16;

  @TempDir private Path folder;
  private Path text = Path.of("");

  @BeforeEach
  void writeText() throws IOException {
    text =
        Files.writeString(folder.resolve("text.txt"), FIRST + "\n<|endoftext|>\n" + SECOND + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"trained", "top-k", "fixed:2"})
  void scoresEveryPositionOfDocumentsThatStartWithBos(String routing) throws IOException {
    JsonNode json = json("-f", text.toString(), "--routing", routing, "-ctk", "f32", "-ctv", "f32");

    int[] tokens = documents();
    int windows = (tokens.length - 1) / WINDOW;
    double sum = 0;
    long steps = 0;
    try (Model model = Model.load(DemoModel.path());
        Engine engine = engine(model)) {
      for (int start = 0; start < windows * WINDOW; start += WINDOW) {
        Evaluation numbers =
            engine.evaluate(
                new EvaluationRequest(
                    Arrays.copyOfRange(tokens, start, start + WINDOW),
                    RoutingMode.parse(routing),
                    0));
        for (int i = 0; i < WINDOW; i++) {
          sum -= logProbability(model, numbers, i, tokens[start + i + 1]);
        }
        steps += Arrays.stream(numbers.depths()).sum();
      }
    }
    int scored = windows * WINDOW;
    assertThat(json.at("/tokens_scored").intValue()).isEqualTo(scored);
    assertThat(json.at("/cross_entropy").doubleValue()).isCloseTo(sum / scored, within(1e-5));
    assertThat(json.at("/mean_depth").doubleValue())
        .isCloseTo((double) steps / scored, within(1e-9));
  }

  @Test
  void scoresSecondHalvesAsOneDocument() throws IOException {
    JsonNode json = json("-f", text.toString(), "--score", "half", "-ctk", "f32", "-ctv", "f32");

    double sum = 0;
    int scored = 0;
    try (Model model = Model.load(DemoModel.path());
        Engine engine = engine(model)) {
      int[] ids = model.tokenizer().encodeOrdinary(FIRST + "\n<|endoftext|>\n" + SECOND);
      int[] tokens = IntStream.concat(IntStream.of(0), Arrays.stream(ids)).toArray();
      for (int start = 0; start + WINDOW <= tokens.length; start += WINDOW) {
        int[] window = Arrays.copyOfRange(tokens, start, start + WINDOW);
        window[0] = 0;
        Evaluation numbers = engine.evaluate(new EvaluationRequest(window, RoutingMode.TRAINED, 0));
        for (int i = WINDOW / 2; i < WINDOW - 1; i++) {
          sum -= logProbability(model, numbers, i, window[i + 1]);
          scored++;
        }
      }
    }
    assertThat(json.at("/tokens_scored").intValue()).isEqualTo(scored);
    assertThat(json.at("/cross_entropy").doubleValue()).isCloseTo(sum / scored, within(1e-5));
  }

  @Test
  void cutsEachTextSeparately() throws IOException {
    Path first = Files.writeString(folder.resolve("first.txt"), FIRST);
    Path second = Files.writeString(folder.resolve("second.txt"), SECOND);

    JsonNode one = json("-f", first.toString());
    JsonNode other = json("-f", second.toString());
    JsonNode both = json("-f", first.toString(), "-f", second.toString());

    int scored = one.at("/tokens_scored").intValue();
    int otherScored = other.at("/tokens_scored").intValue();
    double sum =
        scored * one.at("/cross_entropy").doubleValue()
            + otherScored * other.at("/cross_entropy").doubleValue();
    assertThat(both.at("/tokens_scored").intValue()).isEqualTo(scored + otherScored);
    assertThat(both.at("/cross_entropy").doubleValue())
        .isCloseTo(sum / (scored + otherScored), within(1e-9));
  }

  @Test
  void measuresNoDivergenceFromItselfAndSomeFromCoarserKeys() throws IOException {
    Path reference = folder.resolve("run.ref");

    CommandRun saved =
        run("-f", text.toString(), "--save-reference", reference.toString(), "-ctk", "f32");
    JsonNode same = compared(reference, "f32");
    JsonNode coarser = compared(reference, "q4_0");

    assertThat(saved.exitCode()).isZero();
    assertThat(saved.out()).startsWith("perplexity ");
    assertThat(saved.err())
        .startsWith("mor: the reference run will take ")
        .endsWith(": " + reference + "\n");
    assertThat(same.at("/divergence/kl_mean").doubleValue()).isZero();
    assertThat(same.at("/divergence/kl_max").doubleValue()).isZero();
    assertThat(same.at("/divergence/routing_flip_rate").doubleValue()).isZero();
    assertThat(same.at("/divergence/same_top_token").doubleValue()).isOne();
    assertThat(same.at("/divergence/reference_depths/depth_counts"))
        .isEqualTo(same.at("/depth_counts"));
    assertThat(coarser.at("/divergence/kl_mean").doubleValue()).isBetween(1e-5, 0.5);
    assertThat(coarser.at("/divergence/reference_perplexity").doubleValue())
        .isCloseTo(same.at("/perplexity").doubleValue(), within(1e-4));
  }

  @Test
  void countsFlipsOfAnotherRouting() throws IOException {
    Path reference = folder.resolve("run.ref");
    json(
        "-f",
        text.toString(),
        "--kl-divergence-base",
        reference.toString(),
        "--routing",
        "fixed:3");

    JsonNode shallower =
        json(
            "-f",
            text.toString(),
            "--kl-divergence-base",
            reference.toString(),
            "--kl-divergence",
            "--routing",
            "fixed:1");

    // Of three steps, every token leaves out two.
    assertThat(shallower.at("/divergence/routing_flip_rate").doubleValue())
        .isCloseTo(2 / 3.0, within(1e-12));
  }

  @Test
  void printsTable() {
    CommandRun run = run("-f", text.toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.out().lines().map(line -> line.substring(0, 14).stripTrailing()))
        .containsExactly(
            "perplexity",
            "cross entropy",
            "tokens scored",
            "speed",
            "mean depth",
            "  depth 0",
            "  depth 1",
            "  depth 2",
            "  depth 3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          -c 3             | window size: expected 4..512 (the model's context), found 3 (set by -c)
          -c 513           | window size: expected 4..512 (the model's context), found 513 (set by -c)
          -c 100           | text: expected at least 101 tokens for a window of 100, found TOKENS tokens (set by -c)
          --routing deep   | --routing: expected trained, top-k, fixed:N (N steps for every token) or drawn:1,0.5 (shares of tokens that take each step), found deep
          --routing fixed:4 | recursion depth: expected 1..3, found 4 (set by --routing, --max-depth)
          --kl-divergence= | --kl-divergence: expected --kl-divergence-base FILE with it, found none
          --compare a --save-reference b | expected one of --save-reference, --compare and --kl-divergence-base, found 2
          """)
  void refusesFlag(String flag, String line) throws IOException {
    String[] words = flag.replace("=", "").split(" ", -1);
    String[] args = {"perplexity", "-f", text.toString()};

    CommandRun run =
        CommandRun.of(
            IntStream.range(0, args.length + words.length)
                .mapToObj(i -> i < args.length ? args[i] : words[i - args.length])
                .toArray(String[]::new));

    String message = line.replace("TOKENS", String.valueOf(documents().length));
    assertThat(run).isEqualTo(new CommandRun(2, "", "mor: " + message + "\n"));
  }

  @Test
  void refusesMissingText() {
    Path missing = folder.resolve("none.txt");

    CommandRun run = run("-f", missing.toString());

    assertThat(run)
        .isEqualTo(new CommandRun(1, "", "mor: " + missing + ": no such file or folder\n"));
  }

  @Test
  void refusesReferenceOfAnotherText() throws IOException {
    Path reference = folder.resolve("run.ref");
    json("-f", text.toString(), "--save-reference", reference.toString());
    Path other =
        Files.writeString(
            folder.resolve("other.txt"), Files.readString(text).replace("Mia", "Eva"));

    CommandRun run = run("-f", other.toString(), "--compare", reference.toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .startsWith("mor: " + reference + ": the reference run has ")
        .hasLineCount(1);
  }

  /**
   * Without --kl-divergence, llama.cpp's flag once replaced the reference by the model under test.
   */
  @ParameterizedTest
  @ValueSource(strings = {"--save-reference", "--kl-divergence-base"})
  void refusesToOverwriteAReference(String flag) throws IOException {
    Path reference = folder.resolve("run.ref");
    json("-f", text.toString(), "--save-reference", reference.toString());
    byte[] bytes = Files.readAllBytes(reference);

    CommandRun run = run("-f", text.toString(), flag, reference.toString(), "--max-depth", "1");

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .endsWith(
            reference
                + ": expected a new file for the reference run, found an existing one: delete it or choose another name\n");
    assertThat(reference).hasBinaryContent(bytes);
  }

  @Test
  void explainsAReferenceWithOtherWindows() throws IOException {
    Path reference = folder.resolve("run.ref");
    json("-f", text.toString(), "--save-reference", reference.toString());

    CommandRun run =
        run("-f", text.toString(), "-f", text.toString(), "--compare", reference.toString());

    int windows = (documents().length - 1) / WINDOW;
    assertThat(run)
        .isEqualTo(
            new CommandRun(
                1,
                "",
                "mor: %s: the reference run has %s windows, this run has %s: compare with a run of the same text, window size and scoring rule, and a model with the same vocabulary and recursion steps\n"
                    .formatted(reference, windows, 2 * windows)));
  }

  @Test
  void savesNoReferenceOfResultsThatAreNotFinite() throws IOException {
    TinyModel tiny =
        TinyModel.of(TinyConfigs.expertChoice(KvPolicy.PER_STEP), TinyOptions.plain(5))
            .withTokenizer();
    Arrays.fill(tiny.weights().get("output_norm.weight").values(), Float.NaN);
    Path model = tiny.write(folder.resolve("nan.gguf"));
    Path reference = folder.resolve("run.ref");

    CommandRun run =
        run(
            "-m",
            model.toString(),
            "-f",
            text.toString(),
            "--save-reference",
            reference.toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.out()).isEmpty();
    assertThat(run.err())
        .endsWith(
            "mor: "
                + model
                + ": logits are not finite: NaN at position 0: the model file is damaged: tensor output_norm.weight has NaN at index 0; convert or download it again\n");
    assertThat(reference).doesNotExist();
  }

  private CommandRun run(String... args) {
    String[] start = {"perplexity", "-c", String.valueOf(WINDOW)};
    String[] all = Arrays.copyOf(start, start.length + args.length);
    System.arraycopy(args, 0, all, start.length, args.length);
    return CommandRun.of(all);
  }

  private JsonNode json(String... args) throws IOException {
    String[] all = Arrays.copyOf(args, args.length + 1);
    all[args.length] = "--json";
    CommandRun run = run(all);
    assertThat(run.exitCode()).as(run.err()).isZero();
    return JsonMapper.builder().build().readTree(run.out());
  }

  private JsonNode compared(Path reference, String keyType) throws IOException {
    return json("-f", text.toString(), "--compare", reference.toString(), "-ctk", keyType);
  }

  private static Engine engine(Model model) {
    return Engine.builder(model)
        .contextSize(WINDOW)
        .keyType(TensorType.F32)
        .valueType(TensorType.F32)
        .build();
  }

  /** Both documents, each behind the beginning token. */
  private static int[] documents() throws IOException {
    try (Model model = Model.load(DemoModel.path())) {
      return IntStream.concat(
              Arrays.stream(model.encode(FIRST)), Arrays.stream(model.encode(SECOND)))
          .toArray();
    }
  }

  private static double logProbability(Model model, Evaluation numbers, int position, int token) {
    int vocabulary = model.config().vocabularySize();
    float[] row =
        Arrays.copyOfRange(numbers.logits(), position * vocabulary, (position + 1) * vocabulary);
    return row[token] - LogSumExp.of(row, 0, vocabulary);
  }
}
