package dev.mor4j.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.SequenceOptions;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.Gating;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.model.TestConfigs;
import dev.mor4j.routing.RouterLogits;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Expert choice keeps rows whose logit is 0 or more: a score of 0.5, the threshold. */
class StepRoutingTest {
  private static final SequenceOptions GENERATION =
      new SequenceOptions(64, false, SequenceOptions.NEWEST);

  private final MorConfig perStep = TestConfigs.expertChoice(KvPolicy.PER_STEP);

  private static StepRouting routing(MorConfig config) {
    return new StepRouting(config, new float[0], KvLayout.of(config).firstStepFeedsAll());
  }

  /** A chunk of a new sequence after the prelude. */
  private static Chunk chunk(MorConfig config, RoutingMode mode, int rowCount) {
    Chunk chunk = TestChunks.of(config, mode, new int[rowCount], GENERATION);
    StagePlan plan = new StagePlan(config, KvLayout.of(config));
    int[] streamRows = IntStream.range(0, rowCount).toArray();
    chunk.attach(
        new ChunkState(routing(config).newRouter(chunk), plan.of(chunk.mode()), streamRows));
    return chunk;
  }

  private static RouterLogits logits(float... values) {
    return new RouterLogits(values, new float[0]);
  }

  private static int[] depths(Chunk chunk) {
    return IntStream.range(0, chunk.rowCount()).map(chunk::depth).toArray();
  }

  @Test
  void activatesKeptRowsAndCountsTheirDepth() {
    Chunk chunk = chunk(perStep, RoutingMode.TRAINED, 3);

    routing(perStep).decideFirst(chunk, logits(2, -2, 1), 0);

    assertThat(chunk.nextStep()).isZero();
    assertThat(chunk.activeRows()).containsExactly(0, 2);
    assertThat(chunk.gates()).hasSize(2);
    assertThat(depths(chunk)).containsExactly(1, 0, 1);
  }

  @Test
  void readsTheChunksLogitsAmongThoseOfTheBatch() {
    Chunk chunk = chunk(perStep, RoutingMode.TRAINED, 3);

    routing(perStep).decideFirst(chunk, logits(-1, -1, 2, 2, -2), 2);

    assertThat(chunk.activeRows()).containsExactly(0, 1);
  }

  @Test
  void decidesAmongTheRowsThatTookTheStepBefore() {
    StepRouting routing = routing(perStep);
    Chunk chunk = chunk(perStep, RoutingMode.TRAINED, 3);
    routing.decideFirst(chunk, logits(2, -2, 1), 0);

    routing.decideNext(chunk, logits(-2, 2), 0);

    assertThat(chunk.nextStep()).isEqualTo(1);
    assertThat(chunk.activeRows()).containsExactly(2);
    assertThat(depths(chunk)).containsExactly(1, 0, 2);
  }

  @Test
  void rowsThatAreDroppedAtStepZeroRunForTheirKeysAndValuesWithGateZero() {
    MorConfig shared = TestConfigs.expertChoice(KvPolicy.SHARED);
    StepRouting routing = routing(shared);
    Chunk chunk = chunk(shared, RoutingMode.TRAINED, 3);

    routing.decideFirst(chunk, logits(2, -2, 1), 0);

    assertThat(chunk.activeRows()).containsExactly(0, 1, 2);
    assertThat(chunk.gates()[1]).isZero();
    assertThat(chunk.gates()[0]).isPositive();
    assertThat(ChunkState.of(chunk).keptRows()).containsExactly(0, 2);
    assertThat(depths(chunk)).containsExactly(1, 0, 1);

    routing.decideNext(chunk, logits(1, 9, -1), 0);
    assertThat(chunk.activeRows()).as("row 1 took no step, whatever its logit").containsExactly(0);
  }

  @Test
  void hasNoNextStepBeyondTheDepthLimit() {
    StepRouting routing = routing(perStep);
    Chunk chunk = chunk(perStep, RoutingMode.of(RoutingMode.Rule.FIXED, 2), 1);

    routing.decideFirst(chunk, logits(0), 0);
    assertThat(StepRouting.hasNext(chunk)).isTrue();
    routing.decideNext(chunk, logits(0), 0);

    assertThat(StepRouting.hasNext(chunk)).isFalse();
  }

  @Test
  void hasNoNextStepIfNoRowIsKept() {
    MorConfig shared = TestConfigs.expertChoice(KvPolicy.SHARED);
    Chunk chunk = chunk(shared, RoutingMode.TRAINED, 2);

    routing(shared).decideFirst(chunk, logits(-2, -2), 0);

    assertThat(chunk.isReadyForCoda()).isFalse();
    assertThat(StepRouting.hasNext(chunk)).isFalse();
  }

  @Test
  void oneRunTakesAllStepsOfLayersRepeatedInPlace() {
    MorConfig config = TestConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.PER_STEP);
    Chunk chunk = chunk(config, RoutingMode.TRAINED, 2);

    routing(config).decideFirst(chunk, RouterLogits.NONE, 0);

    assertThat(chunk.activeRows()).containsExactly(0, 1);
    assertThat(depths(chunk)).containsExactly(3, 3);
    assertThat(StepRouting.hasNext(chunk)).isFalse();
  }

  @Test
  void tokenChoiceHasALogitForEachStep() {
    MorConfig config = TestConfigs.tokenChoice(Gating.WEIGHTED);
    StepRouting routing = routing(config);
    Chunk chunk = chunk(config, RoutingMode.TRAINED, 2);

    routing.decideFirst(chunk, logits(0, 0, 0, 9, 0, 0, 0, 9, 0), 1);
    assertThat(chunk.activeRows()).containsExactly(0, 1);
    routing.decideNext(chunk, RouterLogits.NONE, 0);

    assertThat(chunk.activeRows()).as("row 0 chose one step, row 1 two").containsExactly(1);
    assertThat(depths(chunk)).containsExactly(1, 2);
  }

  @Test
  void refusesAChunkBeforeThePrelude() {
    Chunk chunk = TestChunks.of(perStep, RoutingMode.TRAINED, new int[2], GENERATION);

    assertThatThrownBy(() -> routing(perStep).decideFirst(chunk, logits(1, 1), 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("prelude");
  }
}
