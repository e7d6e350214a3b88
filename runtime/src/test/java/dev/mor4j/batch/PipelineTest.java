package dev.mor4j.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.TestConfigs;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PipelineTest {
  private final Pipeline pipeline = new Pipeline();
  private final Sequence one = sequence();
  private final Sequence other = sequence();

  private static Sequence sequence() {
    SequenceOptions options = new SequenceOptions(8, false, SequenceOptions.NEWEST);
    return new Sequence(new int[20], RoutingMode.TRAINED, options);
  }

  /** A chunk all of whose rows take a step. */
  private Chunk active(Sequence sequence, int count, int step) {
    Chunk chunk = sequence.nextChunk(count);
    chunk.activate(step, IntStream.range(0, count).toArray(), new float[count]);
    pipeline.addAll(List.of(chunk));
    return chunk;
  }

  private Chunk readyForCoda(Sequence sequence) {
    Chunk chunk = sequence.nextChunk(2);
    pipeline.addAll(List.of(chunk));
    return chunk;
  }

  @Test
  void chunksOfOneSequenceTakeTheCodaInOrder() {
    Chunk first = active(one, 2, 1);
    Chunk second = readyForCoda(one);
    Chunk unrelated = readyForCoda(other);

    assertThat(pipeline.chunksForCoda(Batching.DEPTH_WISE)).containsExactly(unrelated);

    first.deactivate();
    assertThat(pipeline.chunksForCoda(Batching.DEPTH_WISE))
        .containsExactly(first, second, unrelated);
  }

  @Test
  void inLockstepAllChunksTakeTheCodaTogether() {
    Chunk slow = active(one, 2, 1);
    Chunk quick = readyForCoda(other);

    assertThat(pipeline.chunksForCoda(Batching.LOCKSTEP)).isEmpty();

    slow.deactivate();
    assertThat(pipeline.chunksForCoda(Batching.LOCKSTEP)).containsExactly(slow, quick);
  }

  @Test
  void chunksStayUntilTheyAreRemoved() {
    Chunk chunk = readyForCoda(one);

    assertThat(pipeline.chunksForCoda(Batching.DEPTH_WISE)).hasSize(1);
    assertThat(pipeline.isEmpty()).isFalse();

    pipeline.removeAll(List.of(chunk));
    assertThat(pipeline.isEmpty()).isTrue();
  }

  @Test
  void countsActiveRowsOnly() {
    active(one, 5, 1).activate(2, new int[] {1, 3}, new float[2]);
    active(other, 3, 1);
    readyForCoda(other);
    Sequence decoding = sequence();
    decoding.adoptPrefix(decoding, 19);
    active(decoding, 1, 2);

    assertThat(pipeline.activeDecodeRows()).isEqualTo(1);
    assertThat(pipeline.activePrefillRows()).isEqualTo(5);
    assertThat(pipeline.activeChunks()).hasSize(3);
  }

  @Test
  void rowsNeedSlotsWhereTheirNextStepWrites() {
    active(one, 5, 0);
    active(one, 3, 1);
    active(other, 1, 2);

    assertThat(pipeline.slotsNeededNext(layout(KvPolicy.PER_STEP))).isEqualTo(9);
    assertThat(pipeline.slotsNeededNext(layout(KvPolicy.SHARED_UPDATE))).isEqualTo(9);
    assertThat(pipeline.slotsNeededNext(layout(KvPolicy.SHARED))).isEqualTo(5);
  }

  private static KvLayout layout(KvPolicy policy) {
    return KvLayout.of(TestConfigs.expertChoice(policy));
  }

  @Test
  void removesTheChunksOfOneSequenceOnly() {
    Chunk first = active(one, 2, 0);
    Chunk unrelated = active(other, 2, 0);
    Chunk second = readyForCoda(one);

    assertThat(pipeline.removeAllOf(one)).containsExactly(first, second);
    assertThat(pipeline.activeChunks()).containsExactly(unrelated);
  }
}
