package dev.mor4j.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.SequenceOptions;
import dev.mor4j.graph.Stage;
import dev.mor4j.graph.StepGroups;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.TestConfigs;
import dev.mor4j.routing.Router;
import dev.mor4j.routing.RowRange;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepBatchesTest {
  private final MorConfig config = TestConfigs.expertChoice(KvPolicy.PER_STEP);
  private final RecursionPlan plan = RecursionPlan.of(config.recursion(), 3);
  private final List<Stage> stages = new ArrayList<>();
  private final List<List<Chunk>> batches = new ArrayList<>();

  /** Every step is a group, as an observer needs it. */
  private final StepBatches separate = new StepBatches(StepGroups.separate(plan), this::record);

  private boolean record(StageLayers layers, List<Chunk> chunks) {
    stages.add(layers.stage());
    batches.add(List.copyOf(chunks));
    return stages.size() < 2;
  }

  private Chunk chunk(int step) {
    RoutingMode mode = RoutingMode.TRAINED.resolve(config);
    SequenceOptions options = new SequenceOptions(8, false, SequenceOptions.NEWEST);
    Chunk chunk = TestChunks.of(config, mode, new int[1], options);
    Router router = Router.forBatch(config, mode, new RowRange(0, 1), new float[0]);
    DepthPlan runs = new StagePlan(config, KvLayout.of(config)).of(mode);
    chunk.attach(new ChunkState(router, runs, new int[1]));
    chunk.activate(step, new int[1], new float[1]);
    return chunk;
  }

  @Test
  void chunksAtOneStepShareABatch() {
    List<Chunk> chunks = List.of(chunk(1), chunk(1));

    assertThat(separate.runAll(chunks)).isTrue();
    assertThat(stages).containsExactly(new Stage.SharedBlock(1, 3));
    assertThat(batches).containsExactly(chunks);
  }

  @Test
  void chunksAtStepsOfOtherGroupsRunOneAfterAnother() {
    Chunk first = chunk(1);
    Chunk second = chunk(0);
    Chunk third = chunk(1);

    separate.runAll(List.of(first, second, third));

    assertThat(stages).containsExactly(new Stage.SharedBlock(1, 3), new Stage.SharedBlock(0, 3));
    assertThat(batches).containsExactly(List.of(first, third), List.of(second));
  }

  @Test
  void stopsWhenABatchIsCancelled() {
    assertThat(separate.runAll(List.of(chunk(0), chunk(1), chunk(2)))).isFalse();
    assertThat(batches).hasSize(2);
  }
}
