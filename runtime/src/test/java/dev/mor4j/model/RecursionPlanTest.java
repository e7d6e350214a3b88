package dev.mor4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class RecursionPlanTest {

  @Test
  void cyclesThroughAllLayersBetweenUnsharedEnds() {
    RecursionConfig recursion = new RecursionConfig(2, 2, SharingPattern.MIDDLE_CYCLE);

    RecursionPlan plan = RecursionPlan.of(recursion, 2);

    assertThat(plan.prelude()).containsExactly(new LayerRun(0, 0));
    assertThat(plan.sharedRuns())
        .containsExactly(
            List.of(new LayerRun(1, 0), new LayerRun(2, 0)),
            List.of(new LayerRun(1, 1), new LayerRun(2, 1)));
    assertThat(plan.coda()).containsExactly(new LayerRun(3, 0));
    assertThat(plan.runs().stream().map(LayerRun::block)).containsExactly(0, 1, 2, 1, 2, 3);
  }

  @Test
  void repeatsEachLayerInPlaceInOnePass() {
    RecursionConfig recursion = new RecursionConfig(3, 2, SharingPattern.SEQUENCE);

    RecursionPlan plan = RecursionPlan.of(recursion, 2);

    assertThat(plan.prelude()).isEmpty();
    assertThat(plan.sharedRuns())
        .containsExactly(
            List.of(
                new LayerRun(0, 0), new LayerRun(0, 1), new LayerRun(1, 0), new LayerRun(1, 1)));
  }

  @Test
  void hasNoPassAtDepthZero() {
    for (SharingPattern sharing : SharingPattern.values()) {
      int count = sharing == SharingPattern.NONE ? 1 : 3;

      RecursionPlan plan = RecursionPlan.of(new RecursionConfig(count, 2, sharing), 0);

      assertThat(plan.sharedRuns()).isEmpty();
    }
  }

  @Test
  void refusesDepthsThatTheModelDoesNotHave() {
    RecursionConfig recursion = new RecursionConfig(3, 2, SharingPattern.CYCLE);

    assertThatThrownBy(() -> RecursionPlan.of(recursion, 4))
        .hasMessage("depth: expected 0..3, found 4");
  }
}
