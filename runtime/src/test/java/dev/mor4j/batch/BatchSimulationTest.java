package dev.mor4j.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.model.TestConfigs;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Results do not depend on the batch, and every sequence finishes. */
class BatchSimulationTest {
  private static final int SEEDS = 200;

  @ParameterizedTest
  @EnumSource(Batching.class)
  void withSlotsForEachStep(Batching batching) {
    simulate(TestConfigs.expertChoice(KvPolicy.PER_STEP), batching);
  }

  @ParameterizedTest
  @EnumSource(Batching.class)
  void withSlotsOfStepZeroOnly(Batching batching) {
    simulate(TestConfigs.expertChoice(KvPolicy.SHARED), batching);
  }

  @ParameterizedTest
  @EnumSource(Batching.class)
  void withSlotsOfStepZeroThatDeeperStepsUpdate(Batching batching) {
    simulate(TestConfigs.expertChoice(KvPolicy.SHARED_UPDATE), batching);
  }

  @ParameterizedTest
  @EnumSource(Batching.class)
  void withoutUnsharedEnds(Batching batching) {
    simulate(TestConfigs.recursive(SharingPattern.CYCLE, KvPolicy.PER_STEP), batching);
  }

  @ParameterizedTest
  @EnumSource(Batching.class)
  void withLayersRepeatedInPlace(Batching batching) {
    simulate(TestConfigs.recursive(SharingPattern.MIDDLE_SEQUENCE, KvPolicy.PER_STEP), batching);
  }

  /** {@code -Dseed=7} runs that seed only. */
  private static void simulate(MorConfig config, Batching batching) {
    Long only = Long.getLong("seed");
    long[] seeds = only == null ? LongStream.rangeClosed(1, SEEDS).toArray() : new long[] {only};
    long preemptions = 0;
    long sharedTokens = 0;
    long rollbacks = 0;
    for (long seed : seeds) {
      try {
        BatchSimulation simulation = new BatchSimulation(config, batching, seed).run();
        preemptions += simulation.preemptionCount();
        sharedTokens += simulation.sharedTokenCount();
        rollbacks += simulation.rollbackCount();
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
      }
    }
    if (only == null) {
      assertThat(preemptions).isGreaterThan(SEEDS / 10);
      assertThat(sharedTokens).isGreaterThan(SEEDS / 10);
      assertThat(rollbacks).isGreaterThan(SEEDS);
    }
  }
}
