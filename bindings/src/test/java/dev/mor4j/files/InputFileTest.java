package dev.mor4j.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InputFileTest {
  private static final int LIMIT = 1 << 20;

  @TempDir private Path folder;

  @Test
  void readsAFileUpToTheLimit() throws IOException {
    Path file = Files.write(folder.resolve("in"), new byte[LIMIT]);

    assertThat(InputFile.readAll(file, LIMIT)).hasSize(LIMIT);
  }

  @Test
  void longerFileIsRefused() throws IOException {
    Path file = Files.write(folder.resolve("in"), new byte[LIMIT + 1]);

    assertThatThrownBy(() -> InputFile.readAll(file, LIMIT))
        .hasMessage(
            file
                + ": expected at most 1 MiB, found 1048577 bytes: split the text into several files");
  }

  @Test
  void deviceThatNeverEndsIsRefused() {
    Path zero = Path.of("/dev/zero");

    assertThatThrownBy(() -> InputFile.readAll(zero, LIMIT))
        .hasMessageStartingWith("/dev/zero: expected at most 1 MiB, found more");
  }

  @Test
  void streamThatIsTooLongIsRefusedByItsName() {
    assertThatThrownBy(
            () -> InputFile.readAll("standard input", new ByteArrayInputStream(new byte[9]), 8))
        .hasMessageStartingWith("standard input: expected at most");
  }

  @Test
  void pipeIsReadToItsEnd() throws IOException, InterruptedException {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Process writer =
        new ProcessBuilder("sh", "-c", "printf text >\"$1\"", "sh", pipe.toString()).start();

    assertThat(InputFile.readAll(pipe, LIMIT)).isEqualTo("text".getBytes(UTF_8));
    assertThat(writer.waitFor()).isZero();
  }

  @Test
  void folderAndMissingFileAreNamed() {
    assertThatThrownBy(() -> InputFile.readAll(folder, LIMIT))
        .hasMessage(folder + ": expected a file, found a folder");
    assertThatThrownBy(() -> InputFile.readAll(folder.resolve("no"), LIMIT))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(folder.resolve("no") + ": no such file or folder");
  }
}
