package dev.mor4j.perplexity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
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
      show(writer, WINDOW);
      writer.commit();
    }
  }

  private static void show(WindowObserver observer, ScoredWindow window) throws IOException {
    observer.begin(window);
    observer.position(LOGS, window.targets()[0]);
    observer.end(new int[] {1, 3, 0, 2});
  }

  @Test
  void isAsLongAsAnnounced() throws IOException {
    assertThat(LAYOUT.fileBytes()).isEqualTo(FILE_BYTES);
    assertThat(Files.size(file)).isEqualTo(FILE_BYTES);
    assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).startsWith("MORREF01");
  }

  @Test
  void isNoDistanceFromItself() throws IOException {
    try (ReferenceComparison comparison = new ReferenceComparison(file, LAYOUT)) {
      show(comparison, WINDOW);

      assertThat(comparison.divergence().mean()).isZero();
      assertThat(comparison.divergence().flipRate()).isZero();
      assertThat(comparison.divergence().topAgreement()).isOne();
      assertThat(comparison.divergence().referenceDepths().counts())
          .containsExactly(1L, 1L, 1L, 1L);
    }
  }

  @Test
  void leavesNothingWithoutCommit() throws IOException {
    Path other = folder.resolve("other.ref");

    try (ReferenceWriter writer = new ReferenceWriter(other, LAYOUT)) {
      show(writer, WINDOW);
    }

    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void refusesAnotherVocabulary() {
    assertThatThrownBy(() -> new ReferenceComparison(file, new ReferenceLayout(5, 3, 1, 4, 2, 1)))
        .isInstanceOf(FileSystemException.class)
        .hasMessageEndingWith("expected a reference run with vocabulary 5, as here, found 4");
  }

  @Test
  void refusesOtherTokens() throws IOException {
    ScoredWindow other = new ScoredWindow(new int[] {0, 3, 3, 2}, 2, new int[] {2});

    try (ReferenceComparison comparison = new ReferenceComparison(file, LAYOUT)) {
      assertThatThrownBy(() -> comparison.begin(other))
          .hasMessageContaining("over the same tokens, found others in window 0");
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
  void refusesDepthsThatTheModelDoesNotHave() throws IOException {
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
      assertThatThrownBy(() -> show(comparison, WINDOW)).hasMessageContaining(message);
    }
  }
}
