package dev.mor4j.cli.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.files.OutputTarget;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two runs that write to one file would mix their lines. */
class ResultFileLockTest {
  @TempDir private Path folder;

  private static ResultFile open(Path path) throws IOException {
    PromptFile prompts = new PromptFile(Path.of("prompts.txt"), false, List.of());
    return ResultFile.open(OutputTarget.of(path), prompts, new Provenance("model", "options"));
  }

  private static String lockInAnotherProcess(Path path) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Lock.class.getName(),
                path.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output.strip();
  }

  /** Tries to lock a file as a run does. */
  static final class Lock {
    private Lock() {}

    public static void main(String[] args) throws IOException {
      try (FileChannel file = FileChannel.open(Path.of(args[0]), StandardOpenOption.WRITE)) {
        System.out.println(file.tryLock() == null ? "refused" : "locked");
      }
    }
  }

  @Test
  void fileIsLockedUntilItIsClosed() throws Exception {
    Path path = folder.resolve("results.jsonl");

    try (ResultFile _ = open(path)) {
      assertThat(lockInAnotherProcess(path)).isEqualTo("refused");
    }

    assertThat(lockInAnotherProcess(path)).isEqualTo("locked");
  }

  @Test
  void secondWriterIsRefused() throws IOException {
    Path path = folder.resolve("results.jsonl");

    try (ResultFile _ = open(path)) {
      assertThatThrownBy(() -> open(path))
          .hasMessage(
              path + ": another run writes to it: wait until that has ended, or name another file");
    }
  }
}
