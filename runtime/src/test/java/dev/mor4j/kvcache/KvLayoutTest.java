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
  void givesEachStepARegionOfItsOwn() {
    KvLayout layout = KvLayout.of(TestConfigs.expertChoice(KvPolicy.PER_STEP));

    assertThat(layout.regions())
        .containsExactly(
            new Region("prelude", 1, 1),
            new Region("step 0", 2, 1),
            new Region("step 1", 2, 1),
            new Region("step 2", 2, 1),
            new Region("coda", 1, 1));
    assertThat(layout.place(new LayerRun(0, 0))).isEqualTo(new Place(0, 0, true));
    assertThat(layout.place(new LayerRun(2, 1))).isEqualTo(new Place(2, 1, true));
    assertThat(layout.place(new LayerRun(3, 0))).isEqualTo(new Place(4, 0, true));
    assertThat(layout.firstStepFeedsAll()).isFalse();
  }

  @Test
  void writesSharedKeysAndValuesAtStepZeroOnly() {
    KvLayout layout = KvLayout.of(TestConfigs.expertChoice(KvPolicy.SHARED));

    assertThat(layout.regions()).contains(new Region("all steps", 2, 1)).hasSize(3);
    assertThat(layout.place(new LayerRun(1, 0))).isEqualTo(new Place(1, 0, true));
    assertThat(layout.place(new LayerRun(1, 2))).isEqualTo(new Place(1, 0, false));
    assertThat(layout.firstStepFeedsAll()).isTrue();
  }

  @Test
  void leavesRoomForUpdatesOfEveryStep() {
    KvLayout layout = KvLayout.of(TestConfigs.expertChoice(KvPolicy.SHARED_UPDATE));

    assertThat(layout.regions()).contains(new Region("all steps", 2, 3));
    assertThat(layout.place(new LayerRun(1, 2))).isEqualTo(new Place(1, 0, true));
  }

  @Test
  void givesRepeatedLayersTheSameSlotsAtAllSteps() {
    KvLayout perStep =
        KvLayout.of(TestConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.PER_STEP));
    KvLayout shared = KvLayout.of(TestConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.SHARED));

    assertThat(perStep.regions()).containsExactly(new Region("all steps", 6, 1));
    assertThat(perStep.place(new LayerRun(1, 2))).isEqualTo(new Place(0, 5, true));
    assertThat(shared.place(new LayerRun(1, 2))).isEqualTo(new Place(0, 1, false));
  }

  @Test
  void countsBytesBeforeTheyAreTaken() {
    KvLayout layout = KvLayout.of(TestConfigs.expertChoice(KvPolicy.PER_STEP));
    KvTypes types = new KvTypes(TensorType.F16, TensorType.F32);

    // 8 layers, keys of 32 values in F16 (64 bytes), values in F32 (128 bytes)
    assertThat(KvCache.requiredBytes(layout, types, 100)).isEqualTo(8 * (64 + 128) * 100);
  }
}
