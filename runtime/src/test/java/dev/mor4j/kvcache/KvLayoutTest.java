package dev.mor4j.kvcache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvLayout.Place;
import dev.mor4j.kvcache.KvLayout.Region;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.model.TestConfigs;
import org.junit.jupiter.api.Test;

class KvLayoutTest {

  @Test
  void eachStepHasSlotsOfItsOwnInOnePool() {
    KvLayout layout = KvLayout.of(TestConfigs.expertChoice(KvPolicy.PER_STEP));

    assertThat(layout.regions())
        .containsExactly(
            new Region("prelude", 1, 1, false),
            new Region("all steps", 2, 3, false),
            new Region("coda", 1, 1, false));
    assertThat(layout.regions().get(1).part(2)).isEqualTo("step 2");
    assertThat(layout.place(new LayerRun(0, 0))).isEqualTo(new Place(0, 0, 0, true));
    assertThat(layout.place(new LayerRun(2, 1))).isEqualTo(new Place(1, 1, 1, true));
    assertThat(layout.place(new LayerRun(3, 0))).isEqualTo(new Place(2, 0, 0, true));
    assertThat(layout.firstStepFeedsAll()).isFalse();
    assertThat(layout.writesAt(2)).isTrue();
  }

  @Test
  void onlyStepZeroWritesSharedKeysAndValues() {
    KvLayout layout = KvLayout.of(TestConfigs.expertChoice(KvPolicy.SHARED));

    assertThat(layout.regions()).contains(new Region("all steps", 2, 1, false)).hasSize(3);
    assertThat(layout.place(new LayerRun(1, 0))).isEqualTo(new Place(1, 0, 0, true));
    assertThat(layout.place(new LayerRun(1, 2))).isEqualTo(new Place(1, 0, 0, false));
    assertThat(layout.firstStepFeedsAll()).isTrue();
    assertThat(layout.writesAt(0)).isTrue();
    assertThat(layout.writesAt(1)).isFalse();
  }

  @Test
  void updatedStepsFallBackToStepZero() {
    KvLayout layout = KvLayout.of(TestConfigs.expertChoice(KvPolicy.SHARED_UPDATE));

    assertThat(layout.regions()).contains(new Region("all steps", 2, 3, true));
    assertThat(layout.place(new LayerRun(1, 2))).isEqualTo(new Place(1, 0, 2, true));
  }

  @Test
  void repeatedLayersHaveTheSameSlotsAtAllSteps() {
    KvLayout perStep =
        KvLayout.of(TestConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.PER_STEP));
    KvLayout shared = KvLayout.of(TestConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.SHARED));

    assertThat(perStep.regions()).containsExactly(new Region("all steps", 6, 1, false));
    assertThat(perStep.place(new LayerRun(1, 2))).isEqualTo(new Place(0, 5, 0, true));
    assertThat(shared.place(new LayerRun(1, 2))).isEqualTo(new Place(0, 1, 0, false));
  }

  @Test
  void computesBytesBeforeTheyAreAllocated() {
    KvLayout layout = KvLayout.of(TestConfigs.expertChoice(KvPolicy.PER_STEP));
    KvTypes types = new KvTypes(TensorType.F16, TensorType.F32);

    // keys of 32 values in F16 (64 bytes), values in F32 (128 bytes): 2 layers outside the block,
    // 2 inside with 3 steps each; a slot more in each layer for rows that pad a batch
    assertThat(KvCache.requiredBytes(layout, types, KvCapacity.full(layout, 100)))
        .isEqualTo((64 + 128) * (2 * 101 + 2 * 301));
  }

  @Test
  void dividesABudgetByTheSlotsOfAnAverageToken() {
    KvLayout layout = KvLayout.of(TestConfigs.expertChoice(KvPolicy.PER_STEP));

    // a token takes 2 slots of 128 bytes outside the block and 2 layers x 2 steps inside on average
    KvCapacity capacity = KvCapacity.within(layout, KvTypes.F16, 6 * 128 * 1000, 100);

    assertThat(capacity).isEqualTo(new KvCapacity(1000, 2000));
    assertThat(KvCapacity.within(layout, KvTypes.F16, 1, 100)).isEqualTo(new KvCapacity(100, 300));
  }
}
