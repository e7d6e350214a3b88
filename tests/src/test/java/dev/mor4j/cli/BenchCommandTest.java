package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandTest {
  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    model =
        TinyModel.of(TinyConfigs.expertChoice(KvPolicy.PER_STEP), TinyOptions.plain(4))
            .write(folder.resolve("tiny.gguf"));
  }

  private CommandRun bench(String words) {
    return CommandRun.of(("bench -m " + model + " --warmup 0 " + words).split(" ", -1));
  }

  private static JsonNode json(CommandRun run) throws IOException {
    assertThat(run.err()).isEmpty();
    assertThat(run.exitCode()).isZero();
    return JsonMapper.builder().build().readTree(run.out());
  }

  @Test
  void measuresEachTestAtEachBatchSize() throws IOException {
    JsonNode rows = json(bench("-p 12 -n 6 -b 1,3 -d 0,9 -t 1 -r 2 --accept-noise -o json"));

    List<String> tests =
        rows.valueStream()
            .map(
                row ->
                    "%s x%s p%s n%s d%s"
                        .formatted(
                            row.get("n_threads"),
                            row.get("n_parallel"),
                            row.get("n_prompt"),
                            row.get("n_gen"),
                            row.get("n_depth")))
            .toList();
    assertThat(tests)
        .containsExactly(
            "1 x1 p12 n0 d0",
            "1 x1 p0 n6 d0",
            "1 x1 p12 n0 d9",
            "1 x1 p0 n6 d9",
            "1 x3 p12 n0 d0",
            "1 x3 p0 n6 d0",
            "1 x3 p12 n0 d9",
            "1 x3 p0 n6 d9");
    for (JsonNode row : rows) {
      assertThat(row.get("samples_ns")).hasSize(2);
      assertThat(row.get("samples_ts")).hasSize(2);
      assertThat(row.get("avg_ts").doubleValue()).isPositive();
      int wanted =
          row.get("n_parallel").intValue()
              * (row.get("n_prompt").intValue() + row.get("n_gen").intValue());
      for (JsonNode tokens : row.get("samples_tokens")) {
        assertThat(tokens.intValue()).isBetween(wanted, wanted + 2);
      }
    }
  }

  @Test
  void reportsTheModelAndTheTimeByPhase() throws IOException {
    JsonNode row =
        json(bench("-p 0 -n 4 -t 1 -r 1 -ctk bf16 -ctv f32 --lockstep --accept-noise -o json"))
            .get(0);

    assertThat(row.get("model_filename").textValue()).isEqualTo(model.toString());
    assertThat(row.get("model_type").textValue()).endsWith("F32");
    assertThat(row.get("model_size").longValue()).isLessThan(Files.size(model));
    assertThat(row.get("model_n_params").longValue())
        .isEqualTo(row.get("model_size").longValue() / Float.BYTES);
    assertThat(row.get("n_batch").intValue()).isEqualTo(512);
    assertThat(row.get("type_k").textValue()).isEqualTo("bf16");
    assertThat(row.get("type_v").textValue()).isEqualTo("f32");
    assertThat(row.get("batching").textValue()).isEqualTo("lockstep");
    assertThat(row.get("routing").textValue()).isEqualTo("trained");
    assertThat(row.get("n_recursions").intValue()).isEqualTo(3);
    assertThat(row.get("stddev_ts").doubleValue()).isZero();
    assertThat(row.get("rows_by_step")).hasSize(3);
    assertThat(row.get("garbage_bytes_per_token").doubleValue()).isPositive();
    assertThat(row.get("share_outside_ggml").doubleValue()).isBetween(0.0, 1.0);
    assertThat(row.get("noisy").isBoolean()).isTrue();
    assertThat(row.at("/phases_ns/prelude").longValue()).isPositive();
    assertThat(row.at("/phases_ns/sampling").longValue()).isPositive();
    assertThat(row.fieldNames())
        .toIterable()
        .contains(
            "build_version",
            "cpu_info",
            "backends",
            "n_ubatch",
            "test_time",
            "avg_ns",
            "stddev_ns",
            "load_before",
            "load_after",
            "others_cpu_share",
            "batch_rows_mean");
  }

  @Test
  void measuresEachRoutingModeInTheGivenOrder() throws IOException {
    JsonNode rows =
        json(
            bench(
                "-p 90 -n 0 -t 1 -r 1 --routing fixed:2 --routing drawn:1,0.5,0 --accept-noise -o json"));

    assertThat(rows.at("/0/routing").textValue()).isEqualTo("fixed:2");
    assertThat(rows.at("/0/mean_depth").doubleValue()).isEqualTo(2);
    assertThat(rows.at("/0/rows_by_step").toString()).isEqualTo("[90,90,0]");
    assertThat(rows.at("/1/routing").textValue()).isEqualTo("drawn:1,0.5,0");
    // the same draws every time; their mean is 1.5 with a standard deviation of 0.05
    assertThat(rows.at("/1/mean_depth").doubleValue()).isBetween(1.3, 1.7);
    assertThat(rows.at("/1/rows_by_step/0").intValue()).isEqualTo(90);
    assertThat(rows.at("/1/rows_by_step/2").intValue()).isZero();
  }

  @Test
  void printsResultsAndPhasesAsTables() {
    CommandRun run = bench("-p 8 -n 4 -t 1 -r 1 --accept-noise");

    List<String> lines = run.out().lines().toList();
    assertThat(run.exitCode()).isZero();
    assertThat(lines).hasSize(9);
    assertThat(lines.get(0)).contains("| t/s |", "| mean depth |", "| others |");
    assertThat(lines.get(2)).contains("| pp8 |");
    assertThat(lines.get(3)).contains("| tg4 |");
    assertThat(lines.get(5)).contains("| prelude |", "| garbage B/token |");
    assertThat(Stream.of(2, 3).map(lines::get))
        .allMatch(line -> line.chars().filter(c -> c == '|').count() == 14);
    assertThat(Stream.of(7, 8).map(lines::get))
        .allMatch(line -> line.chars().filter(c -> c == '|').count() == 15);
  }

  @Test
  void writesRandomWeightsOnceAndKeepsThem() throws IOException {
    String words =
        "bench --shape 135m --recursions 3 --outtype q4_0 --model-folder %s -p 2 -n 0 -r 1 --warmup 0 -t 1 --accept-noise -o json"
            .formatted(folder.resolve("kept"));
    JsonNode row = json(CommandRun.of(words.split(" ", -1))).get(0);
    Path written = Path.of(row.get("model_filename").textValue());
    var time = Files.getLastModifiedTime(written);

    json(CommandRun.of(words.split(" ", -1)));

    assertThat(written)
        .hasFileName("random-135m-r3-middle_cycle-expert_choice-per_step-q4_0-s1.gguf")
        .hasParent(folder.resolve("kept"));
    assertThat(Files.getLastModifiedTime(written)).isEqualTo(time);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-p 0 -n 0 | -p and -n: expected a number above 0",
        "-p -1 | prompt tokens: expected 0..1048576, found -1",
        "-b 0 | parallel sequences: expected 1 or more, found 0",
        "-t 0 | threads: expected 1..",
        "-r 0 | --repetitions: expected 1..10000, found 0",
        "--warmup -1 | --warmup: expected 0..10000, found -1",
        "--noise-limit 101 | --noise-limit: expected 0..100, found 101",
        "-r 1 -r 2 | option '--repetitions' (N) should be specified only once",
        "-ctk q5_0 | -ctk: expected one of",
        "--routing drawn:0.5,0.6 | share of drawn depths: expected 0..1",
        "--routing fixed:4 | recursion depth: expected 1..3, found 4",
        "--shape 135m | --shape: expected it or -m FILE, found both",
        "-o xml | expected one of [MD, JSON]"
      })
  void refusesInOneLine(String words, String message) {
    CommandRun run = CommandRun.of(("bench -m " + model + " " + words).split(" ", -1));

    assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("mor: ").contains(message);
  }
}
