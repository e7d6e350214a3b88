package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.cli.options.DemoModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Outputs that are inputs, folders or pipes, and inputs that never end. */
class OutputAndInputFilesTest {
  @TempDir private Path folder;
  private Path model;
  private Path text;
  private Path prompts;

  @BeforeEach
  void writeInputs() throws IOException {
    model = Files.copy(DemoModel.path(), folder.resolve("model.gguf"));
    text = Files.writeString(folder.resolve("text.txt"), "Once upon a time. ".repeat(300));
    prompts = Files.writeString(folder.resolve("prompts.txt"), "Once upon a time\n");
  }

  /** Words of a command line; MODEL, TEXT and the like stand for files of this test. */
  private String[] words(String line) {
    return Arrays.stream(line.split(" ", -1))
        .map(
            word ->
                switch (word) {
                  case "MODEL" -> model.toString();
                  case "TEXT" -> text.toString();
                  case "PROMPTS" -> prompts.toString();
                  case "OUT" -> folder.resolve("out").toString();
                  default -> word;
                })
        .toArray(String[]::new);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quantize MODEL MODEL Q4_0 --allow-requantize",
        "imatrix -m MODEL -f TEXT -o MODEL",
        "imatrix -m MODEL -f TEXT -o TEXT",
        "logits -m MODEL -p Once -o MODEL",
        "perplexity -m MODEL -f TEXT -c 64 --save-reference MODEL",
        "perplexity -m MODEL -f TEXT -c 64 --save-reference TEXT",
        "run -m MODEL -f PROMPTS --parallel 1 -n 2 -o MODEL",
        "run -m MODEL -f PROMPTS --parallel 1 -n 2 -o PROMPTS",
      })
  void noCommandWritesOverItsInputs(String line) throws IOException {
    byte[] modelBefore = Files.readAllBytes(model);
    byte[] textBefore = Files.readAllBytes(text);
    byte[] promptsBefore = Files.readAllBytes(prompts);

    CommandRun run = CommandRun.of(words(line));

    assertThat(run.exitCode()).isIn(1, 2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines())
        .singleElement()
        .asString()
        .contains("the output is the same file as the input");
    assertThat(model).hasBinaryContent(modelBefore);
    assertThat(text).hasBinaryContent(textBefore);
    assertThat(prompts).hasBinaryContent(promptsBefore);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quantize MODEL OUT Q4_0 --allow-requantize",
        "imatrix -m MODEL -f TEXT -o OUT",
        "logits -m MODEL -p Once -o OUT",
        "perplexity -m MODEL -f TEXT -c 64 --save-reference OUT",
        "run -m MODEL -f PROMPTS --parallel 1 -n 2 -o OUT",
      })
  void pipeGetsTheOutputAndStays(String line) throws Exception {
    Path pipe = folder.resolve("out");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Path copy = folder.resolve("copy");
    Process reader =
        new ProcessBuilder(
                "sh", "-c", "cat <\"$1\" >\"$2\"", "sh", pipe.toString(), copy.toString())
            .start();
    try {
      CommandRun run = CommandRun.of(words(line));

      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(reader.waitFor()).isZero();
    } finally {
      reader.destroy();
    }
    assertThat(copy).isNotEmptyFile();
    assertThat(Files.isRegularFile(pipe)).isFalse();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(5); // three inputs, the pipe and the copy
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "quantize MODEL OUT/ Q4_0 --allow-requantize",
        "imatrix -m MODEL -f TEXT -o OUT/",
        "logits -m MODEL -p Once -o OUT/",
        "random --shape 135m -o OUT/",
      })
  void nameOfAFolderIsRefused(String line) {
    String[] words = words(line.replace("OUT/", folder.resolve("out") + "/"));

    CommandRun run = CommandRun.of(words);

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err()).contains("expected the name of a file, found the folder");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tokenize -m MODEL -f /dev/zero", "run -m MODEL -f /dev/zero"})
  void inputThatNeverEndsIsRefused(String line) {
    CommandRun run = CommandRun.of(words(line));

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err())
        .isEqualTo(
            "mor: /dev/zero: expected at most 256 MiB, found more: split the text into several files%n"
                .formatted());
  }

  @Test
  void argumentThatTheLocaleCannotDecodeIsRefused() {
    CommandRun run = CommandRun.of("tokenize", "-m", model.toString(), "-p", "caf\ufffd");

    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.err())
        .startsWith("mor: argument 5 (caf\ufffd) has bytes that are invalid in the encoding ")
        .contains("LC_ALL=C.UTF-8");
  }
}
