package dev.mor4j.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.model.RecursionConfig;
import dev.mor4j.model.SharingPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FitTest {
  /** Prelude 10, two shared layers of 20 each, coda 10, routers 1, head 100; 5 to work with. */
  private static final ModelBytes BYTES = new ModelBytes(new long[] {10, 20, 20, 10}, 1, 100, 5);

  private static final RecursionConfig MIDDLE =
      new RecursionConfig(3, 2, SharingPattern.MIDDLE_CYCLE);
  private static final RecursionConfig PLAIN = new RecursionConfig(1, 4, SharingPattern.NONE);

  @ParameterizedTest
  @CsvSource({
    "0, ''",
    "25, ''",
    "26, '1'",
    "45, '1'",
    "46, '1 2'",
    "56, '0 1 2'",
    "155, '0 1 2'",
    "156, '1 2 3 head'",
    "165, '1 2 3 head'",
    "166, '0 1 2 3 head'"
  })
  void takesTheSharedBlockThenTheCodaThenThePrelude(long free, String expected) {
    assertThat(words(Fit.within(BYTES, MIDDLE, ModelBytes.DRIVER + free))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"15, ''", "16, '0'", "36, '0 1'", "66, '0 1 2 3'", "166, '0 1 2 3 head'"})
  void takesAsManyLayersOfAPlainModelAsThereIsRoomFor(long free, String expected) {
    assertThat(words(Fit.within(BYTES, PLAIN, ModelBytes.DRIVER + free))).isEqualTo(expected);
  }

  private static String words(Fit fit) {
    StringBuilder words = new StringBuilder();
    fit.blocks().stream().sorted().forEach(block -> words.append(block).append(' '));
    return words.append(fit.hasHead() ? "head" : "").toString().strip();
  }

  @Test
  void givesPartsWhateverTheyNeed() {
    Fit coda = Fit.of(Set.of(Part.CODA), MIDDLE);
    Fit ends = Fit.of(Set.of(Part.PRELUDE, Part.BLOCK), MIDDLE);
    Fit head = Fit.of(Set.of(Part.CODA), PLAIN);

    assertThat(words(coda)).isEqualTo("3 head");
    assertThat(coda.bytes(BYTES, MIDDLE)).isEqualTo(110);
    assertThat(words(ends)).isEqualTo("0 1 2");
    assertThat(ends.bytes(BYTES, MIDDLE)).isEqualTo(51);
    assertThat(words(head)).isEqualTo("head");
  }

  @Test
  void givesUpWhatServesLeastFirst() {
    Fit fit = Fit.of(Set.of(Part.values()), MIDDLE);
    List<String> words = new ArrayList<>();

    while (!fit.isEmpty()) {
      fit = fit.less(MIDDLE);
      words.add(words(fit));
    }

    assertThat(words).containsExactly("1 2 3 head", "1 2", "1", "");
  }

  @Test
  void givesUpTheHeadOfAPlainModelBeforeItsLayers() {
    Fit all = Fit.of(Set.of(Part.BLOCK, Part.CODA), PLAIN);

    assertThat(words(all.less(PLAIN))).isEqualTo("0 1 2 3");
    assertThat(words(all.less(PLAIN).less(PLAIN))).isEqualTo("0 1");
  }

  @Test
  void givesUpPartsThatStandAlone() {
    Fit ends = Fit.of(Set.of(Part.PRELUDE, Part.CODA), MIDDLE);

    assertThat(words(ends.less(MIDDLE))).isEqualTo("3 head");
    assertThat(ends.less(MIDDLE).less(MIDDLE).isEmpty()).isTrue();
  }
}
