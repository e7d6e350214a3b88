package dev.mor4j.perplexity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceRunTest {
  private static final ScoredWindow WINDOW =
      new ScoredWindow(new int[] {0, 3, 1, 2}, 2, new int[] {2});
  private static final float[] LOGS = {
    (float) Math.log(0.1), (float) Math.log(0.2), (float) Math.log(0.3), (float) Math.log(0.4)
  };
  private static final ReferenceLayout LAYOUT =
      ReferenceLayout.of(new ScoredText(List.of(WINDOW)), 4, 3);

  /** Header, 5 tokens, 4 log-probabilities, 4 depths. */
  private static final int FILE_BYTES = 32 + 5 * 4 + 4 * 4 + 4;

  @TempDir private Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void save() throws IOException {
    file = folder.resolve("run.ref");
    try (ReferenceWriter writer = new ReferenceWriter(file, LAYOUT)) {
      replay(writer, WINDOW);
      writer.commit();
    }
  }

  private static void replay(WindowObserver observer, ScoredWindow window) throws IOException {
    observer.begin(window);
    observer.position(LOGS, window.targets()[0]);
    observer.end(new int[] {1, 3, 0, 2});
  }

  @Test
  void hasTheAnnouncedSize() throws IOException {
    assertThat(LAYOUT.fileBytes()).isEqualTo(FILE_BYTES);
    assertThat(Files.size(file)).isEqualTo(FILE_BYTES);
    assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).startsWith("MORREF01");
  }

  @Test
  void hasNoDivergenceFromItself() throws IOException {
    try (ReferenceComparison comparison = new ReferenceComparison(file, LAYOUT)) {
      replay(comparison, WINDOW);

      assertThat(comparison.divergence().mean()).isZero();
      assertThat(comparison.divergence().flipRate()).isZero();
      assertThat(comparison.divergence().topAgreement()).isOne();
      assertThat(comparison.divergence().referenceDepths().counts())
          .containsExactly(1L, 1L, 1L, 1L);
    }
  }

  @Test
  void leavesNoFileWithoutCommit() throws IOException {
    Path other = folder.resolve("other.ref");

    try (ReferenceWriter writer = new ReferenceWriter(other, LAYOUT)) {
      replay(writer, WINDOW);
    }

    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void explainsOtherWindows() {
    assertThatThrownBy(() -> new ReferenceComparison(file, new ReferenceLayout(4, 3, 23, 4, 2, 1)))
        .isInstanceOf(FileSystemException.class)
        .hasMessage(
            file
                + ": the reference run has 1 windows, this run has 23: compare with a run of the same text, window size and scoring rule, and a model with the same vocabulary and recursion steps");
  }

  @Test
  void listsAllDifferences() {
    assertThatThrownBy(() -> new ReferenceComparison(file, new ReferenceLayout(5, 1, 1, 8, 4, 3)))
        .hasMessageContaining(
            ": the reference run has a vocabulary of 4, this run has 5; 3 recursion steps, not 1; windows of 4 tokens, not 8; first scored position 2, not 4; 1 scored positions per window, not 3: compare");
  }

  @Test
  void isNotOverwritten() throws IOException {
    byte[] bytes = Files.readAllBytes(file);

    assertThatThrownBy(() -> new ReferenceWriter(file, LAYOUT))
        .isInstanceOf(FileAlreadyExistsException.class)
        .hasMessage(
            file
                + ": expected a new file for the reference run, found an existing one: delete it or choose another name");
    assertThat(file).hasBinaryContent(bytes);
  }

  @Test
  void refusesOtherTokens() throws IOException {
    ScoredWindow other = new ScoredWindow(new int[] {0, 3, 3, 2}, 2, new int[] {2});

    try (ReferenceComparison comparison = new ReferenceComparison(file, LAYOUT)) {
      assertThatThrownBy(() -> comparison.begin(other))
          .hasMessageContaining(
              "the reference run has different tokens in window 0 (counted from 0) than this run: ");
    }
  }

  @Test
  void refusesDamagedFiles() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "x".repeat(FILE_BYTES));
    Path shortened = folder.resolve("shortened");
    Files.write(shortened, Arrays.copyOf(Files.readAllBytes(file), FILE_BYTES - 1));

    assertThatThrownBy(() -> new ReferenceComparison(text, LAYOUT))
        .hasMessageContaining("found another kind of file");
    assertThatThrownBy(() -> new ReferenceComparison(shortened, LAYOUT))
        .hasMessageContaining("expected 72 bytes, found 71 bytes");
    overwrite(52, ByteBuffer.wrap(new byte[] {0, 0, (byte) 0xC0, 0x7F}));
    assertDamaged("expected probabilities with sum 1, found NaN");
    overwrite(52, ByteBuffer.wrap(new byte[] {0, 0, 0, 0}));
    assertDamaged("expected probabilities with sum 1, found 1.8999");
  }

  @Test
  void refusesDepthsAboveTheRecursionCount() throws IOException {
    overwrite(FILE_BYTES - 1, ByteBuffer.wrap(new byte[] {4}));
    assertDamaged("expected depths 0..3, found 4");
  }

  private void overwrite(long offset, ByteBuffer bytes) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(bytes, offset);
    }
  }

  private void assertDamaged(String message) throws IOException {
    try (ReferenceComparison comparison = new ReferenceComparison(file, LAYOUT)) {
      assertThatThrownBy(() -> replay(comparison, WINDOW)).hasMessageContaining(message);
    }
  }
}
