package dev.mor4j.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.model.InvalidConfigException;
import org.junit.jupiter.api.Test;

class BatchLimitsTest {
  @Test
  void aBatchHoldsPromptRowsAndOneRowOfEachSequence() {
    assertThat(new BatchLimits(3, 10, 4).maxRowCount()).isEqualTo(13);
  }

  @Test
  void refusesZero() {
    refuses(0, 1, 1, "parallel sequences");
    refuses(1, 0, 1, "batch size");
    refuses(1, 1, 0, "batch size while decoding");
  }

  @Test
  void refusesMorePromptRowsBesideDecodingThanWithout() {
    refuses(1, 4, 5, "batch size while decoding");
  }

  private static void refuses(int sequences, int prefillRows, int besideDecoding, String name) {
    assertThatThrownBy(() -> new BatchLimits(sequences, prefillRows, besideDecoding))
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining(name + ": expected");
  }
}
