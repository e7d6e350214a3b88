package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.cli.options.DemoModel;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.quantize.importance.Importance;
import dev.mor4j.quantize.importance.ImportanceFile;
import dev.mor4j.quantize.importance.ImportanceMatrix;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImatrixCommandTest {
  private static final String STORY =
      "Once upon a time, a brave girl lived in a white house with a green door. Her name was Mia. She had a good friend, a frog named Button.";

  @TempDir private Path folder;
  private String text = "";
  private String output = "";

  @BeforeEach
  void writeText() throws IOException {
    Path file = Files.writeString(folder.resolve("text.txt"), STORY + "\n<|endoftext|>\n" + STORY);
    text = file.toString();
    output = folder.resolve("imatrix.gguf").toString();
  }

  private ImportanceMatrix collect(String... more) throws IOException {
    String[] arguments = {"imatrix", "-f", text, "-o", output, "-c", "16"};
    String[] all = Arrays.copyOf(arguments, arguments.length + more.length);
    System.arraycopy(more, 0, all, arguments.length, more.length);
    CommandRun run = CommandRun.of(all);
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).hasSize(1);
    return ImportanceFile.read(Path.of(output));
  }

  private static float rows(ImportanceMatrix matrix, String name) {
    return matrix.entries().get(name).counts()[0];
  }

  @Test
  void storesTheSumAndEachStepOfSharedMatrices() throws IOException {
    ImportanceMatrix matrix = collect();

    float read = matrix.chunkCount() * 16f;
    assertThat(matrix.datasets()).containsExactly(text);
    assertThat(matrix.chunkSize()).isEqualTo(16);
    assertThat(rows(matrix, "blk.0.ffn_down.weight")).isEqualTo(read);
    assertThat(rows(matrix, "token_embd.weight")).isEqualTo(read);
    assertThat(matrix.entries())
        .doesNotContainKeys("blk.0.step.0.ffn_down.weight", "router.0.weight");
    Importance total = matrix.entries().get("blk.1.ffn_down.weight");
    float[] sums = new float[total.sums().length];
    float count = 0;
    for (int step = 0; step < 3; step++) {
      Importance part = matrix.entries().get("blk.1.step." + step + ".ffn_down.weight");
      assertThat(part.counts()[0]).isBetween(1f, read);
      count += part.counts()[0];
      for (int column = 0; column < sums.length; column++) {
        sums[column] += part.sums()[column];
      }
    }
    assertThat(total.counts()).containsExactly(count);
    for (int column = 0; column < sums.length; column++) {
      assertThat(total.sums()[column] / sums[column]).isBetween(1 - 1e-6f, 1 + 1e-6f);
    }
  }

  @Test
  void readsTheRequestedNumberOfWindows() throws IOException {
    ImportanceMatrix matrix = collect("--chunks", "2", "--routing", "fixed:1");

    assertThat(matrix.chunkCount()).isEqualTo(2);
    assertThat(rows(matrix, "blk.2.attn_v.weight")).isEqualTo(32);
    assertThat(matrix.entries()).doesNotContainKey("blk.2.step.1.attn_v.weight");
  }

  @Test
  void startsEachWindowOfOneDocumentWithBos() throws IOException {
    ImportanceMatrix afresh = collect("--one-document", "--routing", "fixed:1", "--chunks", "1");
    Files.writeString(Path.of(text), STORY);
    ImportanceMatrix alone = collect("--routing", "fixed:1", "--chunks", "1");

    assertThat(afresh.entries()).isEqualTo(alone.entries());
  }

  @Test
  void writesNoMatrixOfActivationsThatAreNotFinite() throws IOException {
    TinyModel tiny =
        TinyModel.of(TinyConfigs.expertChoice(KvPolicy.PER_STEP), TinyOptions.plain(5))
            .withTokenizer();
    tiny.weights().get("blk.1.attn_norm.weight").values()[2] = Float.NaN;
    Path model = tiny.write(folder.resolve("nan.gguf"));
    Path matrix = folder.resolve("nan.imatrix.gguf");

    CommandRun run =
        CommandRun.of(
            "imatrix", "-m", model.toString(), "-f", text, "-c", "16", "-o", matrix.toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .contains("tensor blk.1.attn_norm.weight has NaN at index 2; convert or download it again");
    assertThat(matrix).doesNotExist();
  }

  @Test
  void isReadByQuantize() throws IOException {
    collect();
    String small = folder.resolve("small.gguf").toString();

    CommandRun quantized =
        CommandRun.of(
            "quantize",
            DemoModel.path().toString(),
            small,
            "IQ2_XXS",
            "--imatrix",
            output,
            "--allow-requantize");
    CommandRun written = CommandRun.of("run", "-m", small, "-p", "Once upon", "-n", "2");

    assertThat(quantized.exitCode()).as(quantized.err()).isZero();
    assertThat(quantized.err()).contains("IQ2_XXS").doesNotContain("no importances");
    assertThat(written.exitCode()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--chunks 0 | 2 | --chunks: expected 1 or more, found 0",
        "-c 1024 | 2 | window size: expected 4..512",
        "--routing deep | 2 | routing"
      })
  void refusesInOneLine(String words, int exitCode, String message) {
    String[] more = words.split(" ", -1);
    CommandRun run = CommandRun.of("imatrix", "-f", text, "-o", output, more[0], more[1]);

    assertThat(run.exitCode()).isEqualTo(exitCode);
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).contains(message);
    assertThat(Path.of(output)).doesNotExist();
  }
}
