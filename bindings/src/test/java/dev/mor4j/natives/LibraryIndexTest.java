package dev.mor4j.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LibraryIndexTest {
  private static final String SUM = "0123456789abcdef".repeat(4);

  @Test
  void keepsTheLoadOrderAndLeavesBackendsToGgml() throws IOException {
    String text =
        """
        ggml 1.2.3
        commit abc
        libggml-base.so %1$s
        libggml.so %1$s
        libmor.so %1$s
        libggml-cpu.so %1$s
        libggml-cpu-haswell.so %1$s
        """
            .formatted(SUM);

    LibraryIndex index = LibraryIndex.parse(text);

    assertThat(index.linkedNames()).containsExactly("libggml-base.so", "libggml.so", "libmor.so");
    assertThat(index.sums()).hasSize(5).containsEntry("libggml-cpu.so", SUM);
  }

  @Test
  void digestNamesTheContent() throws IOException {
    LibraryIndex one = LibraryIndex.parse("a.so " + SUM);
    LibraryIndex other = LibraryIndex.parse("b.so " + SUM);

    assertThat(one.digest()).matches("[0-9a-f]{64}").isNotEqualTo(other.digest());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a.so", "a.so 0123", "a.so SUM more", "../a.so SUM", "a\\b SUM", ".. SUM"})
  void refusesLinesOtherThanANameAndASum(String line) {
    String text = line.replace("SUM", SUM);

    assertThatThrownBy(() -> LibraryIndex.parse(text))
        .isInstanceOf(IOException.class)
        .hasMessage("libraries.txt: expected lines of a file name and its SHA-256, found: " + text);
  }

  @Test
  void refusesListsThatAreEmptyOrSayALibraryTwice() {
    assertThatThrownBy(() -> LibraryIndex.parse("ggml 1\ncommit a\n\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("found none");
    assertThatThrownBy(() -> LibraryIndex.parse("a.so %1$s\na.so %1$s".formatted(SUM)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("found twice: a.so");
  }
}
