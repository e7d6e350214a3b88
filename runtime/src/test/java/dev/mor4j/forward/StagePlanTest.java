package dev.mor4j.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.graph.Stage;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.model.TestConfigs;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Models of three steps. */
class StagePlanTest {

  private static StagePlan plan(MorConfig config) {
    return new StagePlan(config, KvLayout.of(config));
  }

  private static DepthPlan limited(StagePlan plan, int depthLimit) {
    return plan.of(RoutingMode.of(RoutingMode.Rule.FIXED, depthLimit));
  }

  @Test
  void chunksOfAnyDepthLimitShareTheRunsOfCycledLayers() {
    StagePlan plan = plan(TestConfigs.expertChoice(KvPolicy.PER_STEP));

    assertThat(limited(plan, 2).runCount()).isEqualTo(2);
    assertThat(limited(plan, 2).stepsPerRun()).isEqualTo(1);
    assertThat(limited(plan, 2).run(1)).isEqualTo(plan.fullDepth().run(1));
    assertThat(plan.fullDepth().run(1).stage()).isEqualTo(new Stage.SharedBlock(1, 3));
  }

  @Test
  void layersRepeatedInPlaceRunOnceForAllSteps() {
    StagePlan plan = plan(TestConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.PER_STEP));

    assertThat(limited(plan, 2).runCount()).isEqualTo(1);
    assertThat(limited(plan, 2).stepsPerRun()).isEqualTo(2);
    assertThat(limited(plan, 2).run(0).stage()).isEqualTo(new Stage.SharedBlock(0, 2));
    assertThat(plan.fullDepth().run(0).stage()).isEqualTo(new Stage.SharedBlock(0, 3));
  }

  @Test
  void stagesWithoutLayersHaveNoPlaceInTheCache() {
    StagePlan withoutEnds = plan(TestConfigs.recursive(SharingPattern.CYCLE, KvPolicy.PER_STEP));
    StagePlan withEnds = plan(TestConfigs.expertChoice(KvPolicy.PER_STEP));

    assertThat(withoutEnds.prelude().place()).isNull();
    assertThat(withoutEnds.coda().place()).isNull();
    assertThat(Objects.requireNonNull(withEnds.prelude().place()).region()).isZero();
    assertThat(Objects.requireNonNull(withEnds.coda().place()).region()).isEqualTo(2);
  }

  @Test
  void eachStepHasSlotsOfItsOwnUnlessStepZeroSharesThem() {
    assertThat(plan(TestConfigs.expertChoice(KvPolicy.PER_STEP)).cacheStep(2)).isEqualTo(2);
    assertThat(plan(TestConfigs.expertChoice(KvPolicy.SHARED_UPDATE)).cacheStep(2)).isEqualTo(2);
    assertThat(plan(TestConfigs.expertChoice(KvPolicy.SHARED)).cacheStep(2)).isZero();
  }
}
