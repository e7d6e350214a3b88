package dev.mor4j.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.kvcache.KvCapacity;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvSlots;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.TestConfigs;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Turns of a loop; all tokens of a sequence take the same number of steps. */
class BatchLoopTest {
  private static final BatchLimits WIDE = new BatchLimits(4, 64, 64);
  private static final KvCapacity LARGE = new KvCapacity(100, 300);

  private final KvLayout layout = KvLayout.of(TestConfigs.expertChoice(KvPolicy.PER_STEP));
  private final HashModel model = new HashModel(layout, 1);
  private final Map<Sequence, SingleRun> singleRuns = new HashMap<>();

  /** A loop with the slots and stages that it uses. */
  private record Bench(KvSlots slots, HashStages stages, BatchLoop loop) {
    List<Chunk> turn() {
      assertThat(loop.turn()).isTrue();
      return List.copyOf(loop.finishedChunks());
    }

    /** Takes turns until the loop is idle; returns the finished chunks in order. */
    List<Chunk> finish() {
      List<Chunk> leaving = new ArrayList<>();
      while (!loop.isIdle()) {
        for (Chunk chunk : turn()) {
          leaving.add(chunk);
          if (chunk.endPosition() == chunk.sequence().size()) {
            loop.remove(chunk.sequence());
          }
        }
      }
      return leaving;
    }
  }

  private Bench bench(BatchLimits limits, Batching batching, KvCapacity capacity) {
    KvSlots slots = new KvSlots(layout, capacity);
    HashStages stages = new HashStages(model, slots, this::singleRun);
    return new Bench(slots, stages, new BatchLoop(limits, batching, layout, slots, stages));
  }

  /** A sequence of equal tokens. */
  private Sequence sequence(int size, int depth) {
    return sequence(size, depth, new SequenceOptions(64, false, SequenceOptions.NEWEST));
  }

  private Sequence sequence(int size, int depth, SequenceOptions options) {
    RoutingMode mode = RoutingMode.of(RoutingMode.Rule.FIXED, depth);
    int[] tokens = IntStream.range(0, size).map(i -> 3).toArray();
    Sequence sequence = new Sequence(tokens, mode, options);
    singleRuns.put(sequence, new SingleRun(model, tokens, mode, 8));
    return sequence;
  }

  private void addNext(Sequence sequence) {
    sequence.add(singleRun(sequence).tokens().get(sequence.size()));
  }

  private SingleRun singleRun(Sequence sequence) {
    return Objects.requireNonNull(singleRuns.get(sequence));
  }

  @Test
  void rowsAtDifferentStepsShareABatch() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, LARGE);
    bench.loop().submit(sequence(5, 3));
    bench.turn();

    bench.loop().submit(sequence(4, 3));
    bench.turn();

    assertThat(bench.stages().hasMixedSteps()).isTrue();
    assertThat(bench.stages().widestBatch()).isEqualTo(9);
  }

  @Test
  void aShallowTokenLeavesAtOnceAndTheNextTokenFollows() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, LARGE);
    Sequence deep = sequence(2, 3);
    Sequence shallow = sequence(2, 1);
    bench.loop().submit(deep);
    bench.loop().submit(shallow);

    List<Chunk> first = bench.turn();
    addNext(shallow);
    List<Chunk> second = bench.turn();

    assertThat(first).extracting(Chunk::sequence).containsExactly(shallow);
    assertThat(second).extracting(Chunk::sequence).containsExactly(shallow);
    assertThat(second.getFirst().firstPosition()).isEqualTo(2);
  }

  @Test
  void inLockstepShallowTokensWaitForTheDeepest() {
    Bench bench = bench(WIDE, Batching.LOCKSTEP, LARGE);
    Sequence deep = sequence(2, 3);
    Sequence shallow = sequence(2, 1);
    bench.loop().submit(deep);
    bench.loop().submit(shallow);

    assertThat(bench.turn()).isEmpty();
    assertThat(bench.turn()).isEmpty();
    assertThat(bench.turn()).extracting(Chunk::sequence).containsExactly(deep, shallow);
  }

  @Test
  void inLockstepNothingEntersWhileChunksAreUnderWay() {
    Bench bench = bench(WIDE, Batching.LOCKSTEP, LARGE);
    bench.loop().submit(sequence(2, 3));
    bench.turn();
    bench.loop().submit(sequence(2, 3));

    bench.turn();

    assertThat(bench.loop().waitingCount()).isEqualTo(1);
    assertThat(bench.stages().chunkCount()).isEqualTo(1);
  }

  @Test
  void inLockstepPreemptsForDeeperSteps() {
    Bench bench = bench(WIDE, Batching.LOCKSTEP, new KvCapacity(10, 12));
    Sequence older = sequence(4, 3);
    Sequence younger = sequence(4, 3);
    bench.loop().submit(older);
    bench.loop().submit(younger);

    List<Chunk> leaving = bench.finish();

    assertThat(leaving).extracting(Chunk::sequence).containsExactly(older, younger);
    assertThat(bench.loop().preemptionCount()).isEqualTo(1);
  }

  @Test
  void thePreemptedSequenceFinishesLater() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(12, 12));
    Sequence oldest = sequence(4, 3);
    Sequence youngest = sequence(4, 3);
    bench.loop().submit(oldest);
    bench.loop().submit(youngest);
    bench.loop().submit(sequence(4, 3));
    bench.turn();

    bench.turn();

    assertThat(bench.loop().running().getFirst()).isSameAs(oldest);
    assertThat(bench.loop().preemptionCount()).isPositive();
    assertThat(bench.finish()).extracting(Chunk::sequence).startsWith(oldest, youngest).hasSize(3);
    assertThat(bench.slots().used(layout.blockRegion())).isZero();
  }

  @Test
  void evictsKeptPrefixesBeforeItPreempts() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(20, 21));
    Sequence kept = keptPrefix(bench, 9);
    bench.loop().submit(sequence(4, 3));

    bench.finish();

    assertThat(kept.hasLease()).isTrue();
    bench.loop().submit(sequence(3, 3));
    bench.loop().submit(sequence(3, 3));
    bench.finish();
    assertThat(kept.hasLease()).isFalse();
    assertThat(bench.loop().preemptionCount()).isZero();
  }

  @Test
  void evictsKeptPrefixesForTheOnlySequence() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(12, 36));
    Sequence kept = keptPrefix(bench, 12);
    bench.loop().submit(sequence(5, 1));

    List<Chunk> leaving = bench.turn();

    assertThat(leaving).hasSize(1);
    assertThat(kept.hasLease()).isFalse();
  }

  @Test
  void evictsKeptPrefixesForAWaitingSequence() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(20, 60));
    Sequence oldest = keptPrefix(bench, 5);
    Sequence newest = keptPrefix(bench, 9);
    bench.loop().submit(sequence(3, 2));
    bench.turn();

    bench.loop().submit(sequence(6, 2));
    bench.turn();

    assertThat(bench.loop().running()).hasSize(2);
    assertThat(oldest.hasLease()).isFalse();
    assertThat(newest.hasLease()).as("one was enough").isTrue();
  }

  @Test
  void aSharedPrefixNeedsNoRoom() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(20, 60));
    Sequence kept = keptPrefix(bench, 15, 2);
    bench.loop().submit(sequence(3, 3));
    bench.turn();

    bench.loop().submit(sequence(16, 2));
    bench.turn();

    assertThat(bench.loop().running()).hasSize(2);
    assertThat(kept.hasLease()).isTrue();
    assertThat(bench.loop().sharedTokenCount()).isEqualTo(15);
  }

  @Test
  void keepsAPrefixThatTheNextSequenceSharesMostOf() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(20, 60));
    Sequence kept = keptPrefix(bench, 15, 2);
    bench.loop().submit(sequence(3, 3));
    bench.turn();

    bench.loop().submit(sequence(19, 2));
    bench.turn();

    assertThat(bench.loop().waitingCount()).isEqualTo(1);
    assertThat(kept.hasLease()).isTrue();
  }

  @Test
  void evictsAPrefixThatTheNextSequenceSharesLittleOf() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(20, 60));
    Sequence kept = keptPrefix(bench, 18, 2);
    bench.loop().submit(sequence(2, 3));
    bench.turn();

    bench.loop().submit(sequence(9, 2));
    bench.turn();

    assertThat(bench.loop().waitingCount()).isZero();
    assertThat(kept.hasLease()).isFalse();
  }

  @Test
  void evictsNothingWhereItWouldNotBeEnough() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(20, 60));
    Sequence kept = keptPrefix(bench, 5);
    bench.loop().submit(sequence(10, 2));
    bench.turn();

    bench.loop().submit(sequence(11, 2));
    bench.turn();

    assertThat(bench.loop().waitingCount()).isEqualTo(1);
    assertThat(kept.hasLease()).isTrue();
  }

  private Sequence keptPrefix(Bench bench, int size) {
    return keptPrefix(bench, size, 1);
  }

  /** A sequence that has ended and is kept. */
  private Sequence keptPrefix(Bench bench, int size, int depth) {
    Sequence sequence = sequence(size, depth, new SequenceOptions(64, false, size));
    bench.loop().submit(sequence);
    for (int turn = 1; turn < depth; turn++) {
      assertThat(bench.turn()).isEmpty();
    }
    assertThat(bench.turn()).hasSize(1);
    bench.loop().keep(sequence);
    return sequence;
  }

  @Test
  void aSharedPrefixIsNotComputedAgain() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, LARGE);
    keptPrefix(bench, 20);
    Sequence sequence = sequence(13, 1);
    bench.loop().submit(sequence);

    List<Chunk> leaving = bench.turn();

    assertThat(leaving.getFirst().firstPosition()).isEqualTo(12);
    assertThat(bench.loop().sharedTokenCount()).isEqualTo(12);
    assertThat(bench.slots().used(layout.blockRegion())).isEqualTo(21);
  }

  @Test
  void computesShortPrefixesInsteadOfSharingThem() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, LARGE);
    keptPrefix(bench, 20);
    bench.loop().submit(sequence(8, 1));

    List<Chunk> leaving = bench.turn();

    assertThat(leaving.getFirst().firstPosition()).isZero();
  }

  @Test
  void sharesTheLongestPrefix() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, LARGE);
    keptPrefix(bench, 9);
    keptPrefix(bench, 15);
    keptPrefix(bench, 11);
    bench.loop().submit(sequence(20, 1));

    List<Chunk> leaving = bench.turn();

    assertThat(leaving.getFirst().firstPosition()).isEqualTo(15);
  }

  @Test
  void removingFreesSlotsOfRunningAndWaitingSequences() {
    Bench bench = bench(new BatchLimits(1, 4, 4), Batching.DEPTH_WISE, LARGE);
    Sequence running = sequence(12, 3);
    Sequence waiting = sequence(3, 3);
    bench.loop().submit(running);
    bench.loop().submit(waiting);
    bench.turn();
    bench.turn();

    bench.loop().remove(waiting);
    bench.loop().remove(running);

    assertThat(bench.loop().isIdle()).isTrue();
    assertThat(bench.stages().chunkCount()).isZero();
    assertThat(bench.slots().used(0) + bench.slots().used(layout.blockRegion())).isZero();
  }

  @Test
  void keepsCompletedTokensOnly() {
    Bench bench = bench(new BatchLimits(2, 10, 10), Batching.DEPTH_WISE, LARGE);
    Sequence kept = sequence(20, 2);
    bench.loop().submit(kept);
    bench.turn();
    bench.turn(); // ten tokens are completed, ten have taken one step

    bench.loop().keep(kept);
    bench.loop().submit(sequence(20, 2));
    bench.turn();

    assertThat(bench.stages().chunkCount()).isEqualTo(1);
    assertThat(bench.loop().sharedTokenCount()).isEqualTo(10);
  }

  @Test
  void releasesChunksWhenAStageFails() {
    for (String stage : List.of("prelude", "shared block", "coda")) {
      KvSlots slots = new KvSlots(layout, LARGE);
      HashStages stages = new HashStages(model, slots, this::singleRun);
      BatchLoop loop =
          new BatchLoop(WIDE, Batching.DEPTH_WISE, layout, slots, new Failing(stages, stage));
      Sequence sequence = sequence(4, 1);
      loop.submit(sequence);

      assertThatThrownBy(loop::turn).hasMessage(stage);
      loop.remove(sequence);

      assertThat(stages.chunkCount()).as(stage).isZero();
      assertThat(slots.used(0)).as(stage).isZero();
    }
  }

  /** Throws after one of the stages. */
  private record Failing(HashStages stages, String failing) implements StageWork {
    @Override
    public boolean prelude(List<Chunk> chunks) {
      return stages.prelude(chunks) && goesOn("prelude");
    }

    @Override
    public boolean sharedBlock(List<Chunk> chunks) {
      return stages.sharedBlock(chunks) && goesOn("shared block");
    }

    @Override
    public boolean coda(List<Chunk> chunks) {
      return stages.coda(chunks) && goesOn("coda");
    }

    @Override
    public void release(Chunk chunk) {
      stages.release(chunk);
    }

    private boolean goesOn(String stage) {
      if (stage.equals(failing)) {
        throw new IllegalStateException(stage);
      }
      return true;
    }
  }

  @Test
  void throwsWhenNoSequenceCanGoOn() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, LARGE);
    bench.loop().submit(sequence(4, 1));
    bench.turn();

    assertThatThrownBy(bench::turn)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("1 sequences run, 0 wait");
  }

  @Test
  void promptsLeaveRowsToDecodingSequencesAtEveryStep() {
    Bench bench = bench(new BatchLimits(2, 10, 3), Batching.DEPTH_WISE, LARGE);
    Sequence decoding = sequence(2, 3);
    bench.loop().submit(decoding);
    bench.turn();
    bench.turn();
    bench.turn();
    addNext(decoding);
    bench.turn();

    bench.loop().submit(sequence(40, 1));
    bench.turn(); // the newest token takes its second step

    assertThat(bench.stages().widestBatch()).isEqualTo(4);
  }
}
