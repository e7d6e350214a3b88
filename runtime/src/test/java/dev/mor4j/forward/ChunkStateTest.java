package dev.mor4j.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.SequenceOptions;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.TestConfigs;
import dev.mor4j.routing.Router;
import dev.mor4j.routing.RowRange;
import org.junit.jupiter.api.Test;

class ChunkStateTest {
  private final MorConfig config = TestConfigs.expertChoice(KvPolicy.PER_STEP);

  private ChunkState state(int... streamRows) {
    RoutingMode mode = RoutingMode.TRAINED.resolve(config);
    Router router = Router.forBatch(config, mode, new RowRange(0, streamRows.length), new float[0]);
    return new ChunkState(router, new StagePlan(config, KvLayout.of(config)).of(mode), streamRows);
  }

  @Test
  void belongsToItsChunk() {
    SequenceOptions options = new SequenceOptions(8, false, SequenceOptions.NEWEST);
    Chunk chunk = TestChunks.of(config, RoutingMode.TRAINED, new int[2], options);
    assertThatThrownBy(() -> ChunkState.of(chunk)).isInstanceOf(IllegalStateException.class);
    ChunkState state = state(4, 5);

    chunk.attach(state);

    assertThat(ChunkState.of(chunk)).isSameAs(state);
  }

  @Test
  void givesItsStreamRowsAwayOnce() {
    ChunkState state = state(4, 5);

    assertThat(state.removeStreamRows()).containsExactly(4, 5);
    assertThat(state.removeStreamRows()).isEmpty();
    assertThat(state.streamRows()).isEmpty();
  }

  @Test
  void hasResultsOfTheLastCodaOnly() {
    ChunkState state = state(4);
    assertThatThrownBy(() -> state.firstOutput(0)).isInstanceOf(IllegalStateException.class);

    state.enterCoda(7, 3);

    assertThat(state.firstOutput(7)).isEqualTo(3);
    assertThatThrownBy(() -> state.firstOutput(8))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("last coda");
  }
}
