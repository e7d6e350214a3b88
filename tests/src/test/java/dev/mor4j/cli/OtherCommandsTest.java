package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.mor4j.cli.options.DemoModel;
import dev.mor4j.ggml.GgmlLibrary;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.quantize.checkpoint.SafetensorsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OtherCommandsTest {
  @TempDir private Path folder;

  @Test
  void printsTheVersionOfTheLoadedGgml() {
    CommandRun run = CommandRun.of("--version");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .isEqualTo(
            "mor 0.1.0 (ggml %s, Java %s)%n"
                .formatted(GgmlLibrary.load().version(), System.getProperty("java.version")));
  }

  @Test
  void tokenizesWithBos() {
    CommandRun list = CommandRun.of("tokenize", "-p", "Once upon\n");
    CommandRun ids = CommandRun.withInput("Once upon", "tokenize", "--ids");

    assertThat(list.out())
        .isEqualTo(
            """
                   0  "<|endoftext|>"  (special)
                1410  "Once"
                 589  " upon"
                 199  "\\n"
            4 tokens
            """);
    assertThat(ids).isEqualTo(new CommandRun(0, "0,1410,589\n", ""));
  }

  @Test
  void inspectsModelAsJson() throws IOException {
    CommandRun run = CommandRun.of("inspect", "--json", DemoModel.path().toString());

    JsonNode json = JsonMapper.builder().build().readTree(run.out());
    assertThat(run.exitCode()).isZero();
    assertThat(json.at("/metadata/mor.recursion.count").intValue()).isEqualTo(3);
    assertThat(json.at("/metadata/tokenizer.huggingface.json/length").intValue()).isPositive();
    assertThat(json.at("/tensors").size()).isEqualTo(41);
    assertThat(json.at("/model/unique_parameters").longValue()).isEqualTo(4_197_376);
    // Two layers of 786,944 values run twice more.
    assertThat(json.at("/model/unrolled_parameters").longValue())
        .isEqualTo(4_197_376 + 2 * 2 * 786_944);
    assertThat(json.at("/model/block_tensors/attn_q").textValue()).isEqualTo("shared");
    // Each token: key and value of 128 values of 2 bytes in 2 layers.
    int context = json.at("/metadata/mor.context_length").intValue();
    assertThat(json.at("/model/kv_context_size").intValue()).isEqualTo(context);
    assertThat(json.at("/model/kv_f16_bytes/step 2").longValue())
        .isEqualTo(context * 2L * 128 * 2 * 2);
  }

  @Test
  void inspectsAnyGguf() throws IOException {
    Path file = folder.resolve("other.gguf");
    try (GgufWriter writer = GgufWriter.create(file)) {
      writer.metadata("general.architecture", GgufValue.string("bird"));
      writer.metadata("bird.wings", GgufValue.uint32(2));
      writer.commit();
    }

    CommandRun text = CommandRun.of("inspect", file.toString());
    CommandRun json = CommandRun.of("inspect", file.toString(), "--json");

    assertThat(text.exitCode()).isZero();
    assertThat(text.out()).contains("bird.wings            2").doesNotContain("Model");
    assertThat(JsonMapper.builder().build().readTree(json.out()).has("model")).isFalse();
  }

  @Test
  void reportsWhyAModelCannotRun() throws IOException {
    Path file = folder.resolve("bare.gguf");
    try (GgufWriter writer = GgufWriter.create(file)) {
      writer.metadata("general.architecture", GgufValue.string("mor"));
      writer.commit();
    }

    CommandRun run = CommandRun.of("inspect", file.toString());

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).containsPattern("mor cannot run this model: .*mor\\.");
  }

  @Test
  void writesLogitsWithTheDefaultPermissions() throws IOException {
    Path output = folder.resolve("out.safetensors");

    CommandRun run = CommandRun.of("logits", "--tokens", "0,5,7", "-o", output.toString());

    assertThat(run).isEqualTo(new CommandRun(0, "", ""));
    Path usual = Files.createFile(folder.resolve("usual"));
    assertThat(Files.getPosixFilePermissions(output))
        .isEqualTo(Files.getPosixFilePermissions(usual))
        .contains(PosixFilePermission.OWNER_READ);
    try (SafetensorsFile arrays = SafetensorsFile.open(output)) {
      assertThat(arrays.tensors().keySet())
          .containsExactlyInAnyOrder(
              "tokens", "logits", "depth", "router_score.0", "router_score.1", "router_score.2");
    }
  }

  @Test
  void listsDevicesAndFindsNoProblems() {
    CommandRun devices = CommandRun.of("devices");
    CommandRun doctor = CommandRun.of("doctor");

    assertThat(devices.out()).startsWith("CPU\n  kind         cpu\n");
    assertThat(doctor.out().lines().filter(line -> line.startsWith("OK    "))).hasSize(9);
    assertThat(doctor.out()).endsWith("\nNo problems found.\n");
    assertThat(doctor.exitCode()).isZero();
  }

  @Test
  void completesEveryCommand() {
    CommandRun run = CommandRun.of("completion");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("#!").contains("inspect", "--show-depth", "--top-k");
  }

  @Test
  void helpNamesEveryCommand() {
    CommandRun run = CommandRun.of("help");

    assertThat(run.exitCode()).isZero();
    assertThat(run.out())
        .contains(
            "run",
            "convert",
            "quantize",
            "inspect",
            "tokenize",
            "logits",
            "perplexity",
            "devices",
            "doctor");
  }
}
