package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.cli.options.DemoModel;
import dev.mor4j.quantize.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizeCommandTest {
  private static final Path CHECKPOINT = Path.of("src/test/resources/golden/expert_mc3_kv_update");

  @TempDir private Path folder;

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  /**
   * A weight of four bits is off by about 8 % of the spread of the weights beside it (a step of an
   * eighth of the largest of 32, over the square root of 12), and sums of independent errors keep
   * that share. Twice as much leaves room for the layers; one wrong matrix gives about 100 %.
   */
  @ParameterizedTest
  @ValueSource(strings = {"Q4_0", "Q4_K_M"})
  void keepsLogitsNear(String type) throws IOException {
    String demo = DemoModel.path().toString();

    CommandRun run = CommandRun.of("quantize", demo, path("small"), type, "--allow-requantize");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("bits per weight");
    assertThat(relativeDistance(logits(demo), logits(path("small")))).isBetween(0.01, 0.16);
  }

  private float[] logits(String model) throws IOException {
    CommandRun run =
        CommandRun.of(
            "logits",
            "-m",
            model,
            "-p",
            "Once upon a time, a brave girl lived in a white house",
            "--routing",
            "fixed:3", // the same depths for both, so that only the weights differ
            "-o",
            path("logits"));
    assertThat(run).isEqualTo(new CommandRun(0, "", ""));
    try (SafetensorsFile arrays = SafetensorsFile.open(folder.resolve("logits"))) {
      return arrays.tensors().get("logits").floats();
    }
  }

  /** Root mean square of the differences, relative to the standard deviation of the logits. */
  private static double relativeDistance(float[] expected, float[] found) {
    double mean = 0;
    for (float logit : expected) {
      mean += logit / expected.length;
    }
    double differences = 0;
    double spread = 0;
    for (int i = 0; i < expected.length; i++) {
      differences += Math.pow(found[i] - expected[i], 2);
      spread += Math.pow(expected[i] - mean, 2);
    }
    return Math.sqrt(differences / spread);
  }

  @ParameterizedTest
  @CsvSource({"Q4_0, Q8_0 instead of Q6_K", "Q4_K_M, Q5_0 instead of Q4_K"})
  void runsAModelWithRowsThatDoNotFillLargeBlocks(String type, String fallback) {
    CommandRun.of("convert", CHECKPOINT.toString(), "-o", path("in"), "--outtype", "f32");

    CommandRun quantized = CommandRun.of("quantize", path("in"), path("out"), type);
    CommandRun evaluated =
        CommandRun.of("logits", "-m", path("out"), "--tokens", "1,2,3", "-o", path("logits"));

    assertThat(quantized.exitCode()).isZero();
    assertThat(quantized.err()).contains(fallback);
    assertThat(evaluated).isEqualTo(new CommandRun(0, "", ""));
  }

  @Test
  void writesTextWithQuantizedModel() {
    String demo = DemoModel.path().toString();
    CommandRun.of("quantize", demo, path("small"), "Q4_0", "--allow-requantize");

    CommandRun run = CommandRun.of("run", "-m", path("small"), "-p", "Once upon", "-n", "8");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("Once upon a time");
  }

  @Test
  void dryRunPrintsEachTensorAndWritesNothing() {
    CommandRun run =
        CommandRun.of(
            "quantize",
            DemoModel.path().toString(),
            path("none"),
            "q4_k_m",
            "--allow-requantize",
            "--dry-run",
            "--tensor-type",
            "ffn_gate=iq4_nl",
            "--tensor-type",
            "blk\\.0\\.attn_q=BF16");

    assertThat(run.exitCode()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out())
        .containsPattern("(?m)^blk.0.attn_q.weight .*Q8_0 to BF16 ")
        .containsPattern("(?m)^blk.2.ffn_gate.weight .*Q8_0 to IQ4_NL ")
        .containsPattern("(?m)^token_embd.weight .*Q8_0 to Q6_K ")
        .containsPattern("(?m)^router.0.weight .*F32 to F32 ")
        .containsPattern("(?m)^types +F32 kept: 12 tensors$");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void printsErrorOfEachTensor() {
    CommandRun run =
        CommandRun.of(
            "quantize",
            DemoModel.path().toString(),
            path("small"),
            "q4_0",
            "--allow-requantize",
            "--errors");

    assertThat(run.exitCode()).isZero();
    // Four bits: an eighth of the largest of 32 weights per step, divided by the square root of 12.
    assertThat(run.out())
        .containsPattern("(?m)^blk.0.attn_q.weight .*Q8_0 to Q4_0 .* error [78]\\.\\d{4} %$")
        .containsPattern("(?m)^router.0.weight .*F32 to F32 .* bytes$");
    assertThat(run.err()).containsPattern("(?m)^error +\\d\\.\\d{4} % of the encoded weights");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Q4_0 --dry-run --errors | 2 | mutually exclusive",
        "Q9 | 2 | expected one of F32",
        "IQ2_XS --allow-requantize | 1 | tensor blk.0.attn_q.weight as IQ2_XS, which needs an importance matrix",
        "IQ2_S --allow-requantize | 1 | IQ2_S stores tensor blk.0.attn_q.weight as IQ2_XS",
        "IQ2_S --allow-requantize | 1 | (mor imatrix, --imatrix FILE)",
        "Q4_0 --tensor-type attn_v | 2 | NAME=T",
        "Q4_0 --tensor-type [=Q8_0 | 2 | regular expression",
        "Q4_0 --allow-requantize --output-tensor-type IQ1_S | 1 | token_embd.weight as IQ1_S",
        "Q4_0 --imatrix none.gguf | 1 | none.gguf: no such file",
        "Q4_0 --threads 0 | 2 | --threads: expected 1..512, found 0",
        "Q4_0 --allow-requantize --tensor-type bird=Q8_0 | 1 | 'bird'",
        "Q4_0 | 1 | or allow requantizing (--allow-requantize)"
      })
  void refusesInOneLine(String words, int exitCode, String message) {
    String[] more = words.split(" ", -1);
    String[] arguments = new String[3 + more.length];
    arguments[0] = "quantize";
    arguments[1] = DemoModel.path().toString();
    arguments[2] = path("none");
    System.arraycopy(more, 0, arguments, 3, more.length);

    CommandRun run = CommandRun.of(arguments);

    assertThat(run.exitCode()).isEqualTo(exitCode);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("mor: ").contains(message);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void namesMissingInput() {
    CommandRun run = CommandRun.of("quantize", path("none"), path("out"), "Q4_0");

    assertThat(run)
        .isEqualTo(new CommandRun(1, "", "mor: %s: no such file%n".formatted(path("none"))));
  }
}
