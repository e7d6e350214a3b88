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

/** Turns of a loop whose tokens all take as many of three steps as their sequence says. */
class BatchLoopTest {
  private static final BatchLimits WIDE = new BatchLimits(4, 64, 64);
  private static final KvCapacity LARGE = new KvCapacity(100, 300);

  private final KvLayout layout = KvLayout.of(TestConfigs.expertChoice(KvPolicy.PER_STEP));
  private final HashModel model = new HashModel(layout, 1);
  private final Map<Sequence, Alone> alone = new HashMap<>();

  /** A loop and what it works with. */
  private record Bench(KvSlots slots, HashStages stages, BatchLoop loop) {
    List<Chunk> turn() {
      assertThat(loop.turn()).isTrue();
      return List.copyOf(loop.left());
    }

    /** Turns until nobody has anything left to do; returns what came out, in order. */
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
    HashStages stages = new HashStages(model, slots, this::alone);
    return new Bench(slots, stages, new BatchLoop(limits, batching, layout, slots, stages));
  }

  /** A sequence of equal tokens. */
  private Sequence sequence(int size, int depth) {
    return sequence(size, depth, new Sequence.Entry(64, false, Sequence.Entry.LAST));
  }

  private Sequence sequence(int size, int depth, Sequence.Entry entry) {
    RoutingMode mode = RoutingMode.of(RoutingMode.Rule.FIXED, depth);
    int[] tokens = IntStream.range(0, size).map(i -> 3).toArray();
    Sequence sequence = new Sequence(tokens, mode, entry);
    alone.put(sequence, new Alone(model, tokens, mode, 8));
    return sequence;
  }

  private void write(Sequence sequence) {
    sequence.add(alone(sequence).tokens().get(sequence.size()));
  }

  private Alone alone(Sequence sequence) {
    return Objects.requireNonNull(alone.get(sequence));
  }

  @Test
  void rowsOfSeveralStepsShareAPass() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, LARGE);
    bench.loop().submit(sequence(5, 3));
    bench.turn();

    bench.loop().submit(sequence(4, 3));
    bench.turn();

    assertThat(bench.stages().hasMixedStages()).isTrue();
    assertThat(bench.stages().widestPass()).isEqualTo(9);
  }

  @Test
  void whoStopsEarlyLeavesAtOnceAndIsFollowedByItsNextToken() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, LARGE);
    Sequence deep = sequence(2, 3);
    Sequence shallow = sequence(2, 1);
    bench.loop().submit(deep);
    bench.loop().submit(shallow);

    List<Chunk> first = bench.turn();
    write(shallow);
    List<Chunk> second = bench.turn();

    assertThat(first).extracting(Chunk::sequence).containsExactly(shallow);
    assertThat(second).extracting(Chunk::sequence).containsExactly(shallow);
    assertThat(second.getFirst().firstPosition()).isEqualTo(2);
  }

  @Test
  void inLockstepWhoStopsEarlyWaitsForTheDeepest() {
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
  void inLockstepNobodyEntersWhileSomebodyIsOnTheWay() {
    Bench bench = bench(WIDE, Batching.LOCKSTEP, LARGE);
    bench.loop().submit(sequence(2, 3));
    bench.turn();
    bench.loop().submit(sequence(2, 3));

    bench.turn();

    assertThat(bench.loop().waitingCount()).isEqualTo(1);
    assertThat(bench.stages().chunkCount()).isEqualTo(1);
  }

  @Test
  void inLockstepDeeperStepsFindRoomToo() {
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
  void theYoungestGivesWayAndComesToItsEndLater() {
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
  void keptPrefixesGoBeforeAnyThatRun() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(20, 21));
    Sequence kept = keptPrefix(bench, 9);
    bench.loop().submit(sequence(4, 3));

    bench.finish();

    assertThat(kept.isRunning()).isTrue();
    bench.loop().submit(sequence(3, 3));
    bench.loop().submit(sequence(3, 3));
    bench.finish();
    assertThat(kept.isRunning()).isFalse();
    assertThat(bench.loop().preemptionCount()).isZero();
  }

  @Test
  void keptPrefixesGoForWhoRunsAlone() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(12, 36));
    Sequence kept = keptPrefix(bench, 12);
    bench.loop().submit(sequence(5, 1));

    List<Chunk> leaving = bench.turn();

    assertThat(leaving).hasSize(1);
    assertThat(kept.isRunning()).isFalse();
  }

  @Test
  void nobodyWaitsForRoomThatKeptPrefixesTake() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(20, 60));
    Sequence oldest = keptPrefix(bench, 5);
    Sequence newest = keptPrefix(bench, 9);
    bench.loop().submit(sequence(3, 2));
    bench.turn();

    bench.loop().submit(sequence(6, 2));
    bench.turn();

    assertThat(bench.loop().running()).hasSize(2);
    assertThat(oldest.isRunning()).isFalse();
    assertThat(newest.isRunning()).as("one was enough").isTrue();
  }

  @Test
  void whatAKeptPrefixSavesNeedsNoRoom() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(20, 60));
    Sequence kept = keptPrefix(bench, 15, 2);
    bench.loop().submit(sequence(3, 3));
    bench.turn();

    bench.loop().submit(sequence(16, 2));
    bench.turn();

    assertThat(bench.loop().running()).hasSize(2);
    assertThat(kept.isRunning()).isTrue();
    assertThat(bench.loop().sharedTokenCount()).isEqualTo(15);
  }

  @Test
  void aKeptPrefixDoesNotMakeRoomForWhoBeginsWithMostOfIt() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(20, 60));
    Sequence kept = keptPrefix(bench, 15, 2);
    bench.loop().submit(sequence(3, 3));
    bench.turn();

    bench.loop().submit(sequence(19, 2));
    bench.turn();

    assertThat(bench.loop().waitingCount()).isEqualTo(1);
    assertThat(kept.isRunning()).isTrue();
  }

  @Test
  void aKeptPrefixMakesRoomForWhoBeginsWithLittleOfIt() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(20, 60));
    Sequence kept = keptPrefix(bench, 18, 2);
    bench.loop().submit(sequence(2, 3));
    bench.turn();

    bench.loop().submit(sequence(9, 2));
    bench.turn();

    assertThat(bench.loop().waitingCount()).isZero();
    assertThat(kept.isRunning()).isFalse();
  }

  @Test
  void keptPrefixesStayWhereTheyWouldNotMakeRoomEnough() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, new KvCapacity(20, 60));
    Sequence kept = keptPrefix(bench, 5);
    bench.loop().submit(sequence(10, 2));
    bench.turn();

    bench.loop().submit(sequence(11, 2));
    bench.turn();

    assertThat(bench.loop().waitingCount()).isEqualTo(1);
    assertThat(kept.isRunning()).isTrue();
  }

  private Sequence keptPrefix(Bench bench, int size) {
    return keptPrefix(bench, size, 1);
  }

  /** A sequence that came to its end and stays. */
  private Sequence keptPrefix(Bench bench, int size, int depth) {
    Sequence sequence = sequence(size, depth, new Sequence.Entry(64, false, size));
    bench.loop().submit(sequence);
    for (int turn = 1; turn < depth; turn++) {
      assertThat(bench.turn()).isEmpty();
    }
    assertThat(bench.turn()).hasSize(1);
    bench.loop().keep(sequence);
    return sequence;
  }

  @Test
  void whatAnotherSequenceBeganWithIsNotComputedAgain() {
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
  void fewTokensAreComputedSoonerThanShared() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, LARGE);
    keptPrefix(bench, 20);
    bench.loop().submit(sequence(8, 1));

    List<Chunk> leaving = bench.turn();

    assertThat(leaving.getFirst().firstPosition()).isZero();
  }

  @Test
  void theLongestPrefixIsShared() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, LARGE);
    keptPrefix(bench, 9);
    keptPrefix(bench, 15);
    keptPrefix(bench, 11);
    bench.loop().submit(sequence(20, 1));

    List<Chunk> leaving = bench.turn();

    assertThat(leaving.getFirst().firstPosition()).isEqualTo(15);
  }

  @Test
  void removingGivesEverythingBackWhereverItIs() {
    Bench bench = bench(new BatchLimits(1, 4, 4), Batching.DEPTH_WISE, LARGE);
    Sequence onItsWay = sequence(12, 3);
    Sequence waiting = sequence(3, 3);
    bench.loop().submit(onItsWay);
    bench.loop().submit(waiting);
    bench.turn();
    bench.turn();

    bench.loop().remove(waiting);
    bench.loop().remove(onItsWay);

    assertThat(bench.loop().isIdle()).isTrue();
    assertThat(bench.stages().chunkCount()).isZero();
    assertThat(bench.slots().used(0) + bench.slots().used(layout.blockRegion())).isZero();
  }

  @Test
  void keepingSharesNoMoreThanWhatWentThroughAllStages() {
    Bench bench = bench(new BatchLimits(2, 10, 10), Batching.DEPTH_WISE, LARGE);
    Sequence kept = sequence(20, 2);
    bench.loop().submit(kept);
    bench.turn();
    bench.turn(); // ten are through, ten took one step

    bench.loop().keep(kept);
    bench.loop().submit(sequence(20, 2));
    bench.turn();

    assertThat(bench.stages().chunkCount()).isEqualTo(1);
    assertThat(bench.loop().sharedTokenCount()).isEqualTo(10);
  }

  @Test
  void nothingIsLeftOnTheWayWhenAStageFails() {
    for (String stage : List.of("prelude", "pass", "coda")) {
      KvSlots slots = new KvSlots(layout, LARGE);
      HashStages stages = new HashStages(model, slots, this::alone);
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

  /** Fails after one of its stages. */
  private record Failing(HashStages stages, String failing) implements StageWork {
    @Override
    public boolean prelude(List<Chunk> chunks) {
      return stages.prelude(chunks) && goesOn("prelude");
    }

    @Override
    public boolean pass(List<Chunk> chunks) {
      return stages.pass(chunks) && goesOn("pass");
    }

    @Override
    public boolean coda(List<Chunk> chunks) {
      return stages.coda(chunks) && goesOn("coda");
    }

    @Override
    public void forget(Chunk chunk) {
      stages.forget(chunk);
    }

    private boolean goesOn(String stage) {
      if (stage.equals(failing)) {
        throw new IllegalStateException(stage);
      }
      return true;
    }
  }

  @Test
  void saysSoWhenNobodyCanGoOn() {
    Bench bench = bench(WIDE, Batching.DEPTH_WISE, LARGE);
    bench.loop().submit(sequence(4, 1));
    bench.turn();

    assertThatThrownBy(bench::turn)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("1 sequences run, 0 wait");
  }

  @Test
  void promptsLeaveRoomToThoseThatDecodeAtEveryStep() {
    Bench bench = bench(new BatchLimits(2, 10, 3), Batching.DEPTH_WISE, LARGE);
    Sequence decoding = sequence(2, 3);
    bench.loop().submit(decoding);
    bench.turn();
    bench.turn();
    bench.turn();
    write(decoding);
    bench.turn();

    bench.loop().submit(sequence(40, 1));
    bench.turn(); // the newest token takes its second step

    assertThat(bench.stages().widestPass()).isEqualTo(4);
  }
}
