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
    Sequence.Entry entry = new Sequence.Entry(8, false, Sequence.Entry.LAST);
    return new Sequence(new int[20], RoutingMode.TRAINED, entry);
  }

  /** A chunk all of whose rows take a pass. */
  private Chunk onTheWay(Sequence sequence, int count, int pass) {
    Chunk chunk = sequence.enter(count);
    chunk.send(pass, IntStream.range(0, count).toArray(), new float[count]);
    pipeline.enter(List.of(chunk));
    return chunk;
  }

  private Chunk through(Sequence sequence) {
    Chunk chunk = sequence.enter(2);
    pipeline.enter(List.of(chunk));
    return chunk;
  }

  @Test
  void chunksOfOneSequenceLeaveInOrder() {
    Chunk first = onTheWay(one, 2, 1);
    Chunk second = through(one);
    Chunk unrelated = through(other);

    assertThat(pipeline.leaving(Batching.DEPTH_WISE)).containsExactly(unrelated);

    first.finish();
    assertThat(pipeline.leaving(Batching.DEPTH_WISE)).containsExactly(first, second, unrelated);
  }

  @Test
  void inLockstepNobodyLeavesBeforeTheLast() {
    Chunk slow = onTheWay(one, 2, 1);
    Chunk quick = through(other);

    assertThat(pipeline.leaving(Batching.LOCKSTEP)).isEmpty();

    slow.finish();
    assertThat(pipeline.leaving(Batching.LOCKSTEP)).containsExactly(slow, quick);
  }

  @Test
  void whoLeavesStaysUntilRemoved() {
    Chunk chunk = through(one);

    assertThat(pipeline.leaving(Batching.DEPTH_WISE)).hasSize(1);
    assertThat(pipeline.isEmpty()).isFalse();

    pipeline.remove(List.of(chunk));
    assertThat(pipeline.isEmpty()).isTrue();
  }

  @Test
  void rowsOnTheirWayCountAndThoseThroughDoNot() {
    onTheWay(one, 5, 1).send(2, new int[] {1, 3}, new float[2]);
    onTheWay(other, 3, 1);
    through(other);
    Sequence decoding = sequence();
    decoding.skip(19, decoding);
    onTheWay(decoding, 1, 2);

    assertThat(pipeline.decodingRows()).isEqualTo(1);
    assertThat(pipeline.prefillRows()).isEqualTo(5);
    assertThat(pipeline.running()).hasSize(3);
  }

  @Test
  void rowsTakeSlotsWhereTheirNextPassWrites() {
    onTheWay(one, 5, 0);
    onTheWay(one, 3, 1);
    onTheWay(other, 1, 2);

    assertThat(pipeline.slotsTakenNext(layout(KvPolicy.PER_STEP))).isEqualTo(9);
    assertThat(pipeline.slotsTakenNext(layout(KvPolicy.SHARED_UPDATE))).isEqualTo(9);
    assertThat(pipeline.slotsTakenNext(layout(KvPolicy.SHARED))).isEqualTo(5);
  }

  private static KvLayout layout(KvPolicy policy) {
    return KvLayout.of(TestConfigs.expertChoice(policy));
  }

  @Test
  void takesOutTheChunksOfOneSequenceOnly() {
    Chunk first = onTheWay(one, 2, 0);
    Chunk unrelated = onTheWay(other, 2, 0);
    Chunk second = through(one);

    assertThat(pipeline.takeAll(one)).containsExactly(first, second);
    assertThat(pipeline.running()).containsExactly(unrelated);
  }
}
