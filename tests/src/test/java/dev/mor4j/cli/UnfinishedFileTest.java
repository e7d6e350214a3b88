package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.options.DemoModel;
import dev.mor4j.ggml.GgmlLibrary;
import dev.mor4j.tests.scale.LargeCheckpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Output files of a process that is terminated or whose disk is full. */
class UnfinishedFileTest {
  private static final int TERMINATED = 128 + 15;

  @TempDir private Path folder;
  private Path output;

  @BeforeEach
  void nameOutput() throws IOException {
    output = Files.createDirectory(folder.resolve("out")).resolve("model.gguf");
    GgmlLibrary.load(); // unpacks the libraries, which no other process has to do then
  }

  private static Process start(String limit, List<String> arguments) throws IOException {
    List<String> java =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            MorCli.class.getName());
    List<String> shell = List.of("sh", "-c", limit + "exec \"$@\"", "sh");
    return new ProcessBuilder(Stream.of(shell, java, arguments).flatMap(List::stream).toList())
        .redirectErrorStream(true)
        .start();
  }

  private static String output(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void aTerminatedProcessReportsItAndLeavesNoFile() throws IOException, InterruptedException {
    Process process;
    try (WatchService watch = FileSystems.getDefault().newWatchService()) {
      output.getParent().register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      process = start("", List.of("random", "--shape", "1.7b", "-o", output.toString()));
      watch.take(); // the temporary file is there, and far from full
    }

    process.toHandle().destroy(); // the process itself would close its output too

    assertThat(output(process))
        .isEqualTo("mor: interrupted, %s is not written%n".formatted(output));
    assertThat(process.waitFor()).isEqualTo(TERMINATED);
    assertThat(output.getParent()).isEmptyDirectory();
  }

  /** A limit on the size of files makes writes fail, as a full disk does. */
  @ParameterizedTest
  @ValueSource(strings = {"random", "quantize", "convert"})
  void aFullDiskIsReportedAndTheOldFileKept(String command)
      throws IOException, InterruptedException {
    Files.writeString(output, "old");
    List<String> arguments =
        switch (command) {
          case "random" -> List.of("random", "--shape", "135m", "-o", output.toString());
          case "quantize" ->
              List.of(
                  "quantize",
                  DemoModel.path().toString(),
                  output.toString(),
                  "F32",
                  "--allow-requantize");
          default -> {
            Path checkpoint = folder.resolve("checkpoint");
            LargeCheckpoint.write(
                checkpoint, new LargeCheckpoint.Sizes(1, 512, 8, 8, 512, 20_000, 1 << 30), 1);
            yield List.of("convert", checkpoint.toString(), "-o", output.toString());
          }
        };

    Process process = start("ulimit -f 8192; ", arguments);

    assertThat(output(process))
        .matches(
            "mor: \\Q"
                + output
                + "\\E: writing failed \\(the incomplete file is deleted\\): .+\\R");
    assertThat(process.waitFor()).isEqualTo(ExitCodes.FAILED);
    assertThat(output).hasContent("old");
    try (Stream<Path> files = Files.list(output.getParent())) {
      assertThat(files).hasSize(1);
    }
  }
}
