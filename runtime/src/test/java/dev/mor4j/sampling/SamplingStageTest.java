package dev.mor4j.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SamplingStageTest {

  @Test
  void defaultOrderIsThatOfLlamaCpp() {
    assertThat(
            SamplingStage.DEFAULT_ORDER.stream()
                .map(SamplingStage::stageName)
                .collect(Collectors.joining(";")))
        .isEqualTo("penalties;dry;top_n_sigma;top_k;typ_p;top_p;min_p;xtc;temperature");
  }

  @Test
  void readsNamesInTheirOrderAndSpelling() {
    assertThat(SamplingStage.parse("temp; top-k;MINP;nucleus;typ;top-n-sigma"))
        .containsExactly(
            SamplingStage.TEMPERATURE,
            SamplingStage.TOP_K,
            SamplingStage.MIN_P,
            SamplingStage.TOP_P,
            SamplingStage.TYPICAL_P,
            SamplingStage.TOP_N_SIGMA);
    assertThat(SamplingStage.parse("")).isEmpty();
  }

  @Test
  void refusesUnknownNames() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SamplingStage.parse("top_k;topq"))
        .withMessage(
            "samplers: expected names out of "
                + "penalties;dry;top_n_sigma;top_k;typ_p;top_p;min_p;xtc;temperature, found topq");
  }
}
