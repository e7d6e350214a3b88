package dev.mor4j.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.kvcache.KvCapacity;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvRows;
import dev.mor4j.kvcache.KvSlots;
import dev.mor4j.kvcache.VisibleSlots;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.RoutingMode.Rule;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Runs random requests on a small K/V cache, and checks the invariants of batching in every turn.
 */
final class BatchSimulation {
  private static final int LONGEST = 28;
  private static final int LATEST_ARRIVAL = 20;

  private final Random random;
  private final HashModel model;
  private final BatchLimits limits;
  private final Batching batching;
  private final KvSlots slots;
  private final HashStages stages;
  private final BatchLoop loop;
  private final List<SimulatedRequest> requests = new ArrayList<>();
  private final Map<Sequence, SimulatedRequest> bySequence = new HashMap<>();
  private final VisibleSlots visible = new VisibleSlots();
  private int turn;
  private int rollbackCount;

  BatchSimulation(MorConfig config, Batching batching, long seed) {
    this.batching = batching;
    random = new Random(seed);
    KvLayout layout = KvLayout.of(config);
    model = new HashModel(layout, seed);
    int prefillRows = 1 + random.nextInt(20);
    limits = new BatchLimits(1 + random.nextInt(6), prefillRows, 1 + random.nextInt(prefillRows));
    slots = new KvSlots(layout, capacity(layout));
    stages = new HashStages(model, slots, sequence -> request(sequence).plan().singleRun());
    loop = new BatchLoop(limits, batching, layout, slots, stages);
    addRequests();
  }

  /** Enough for the longest sequence, and a random number of further slots. */
  private KvCapacity capacity(KvLayout layout) {
    KvCapacity one = KvCapacity.full(layout, LONGEST);
    int tokens = LONGEST + random.nextInt(2 * LONGEST);
    int blockSlots = one.blockSlotCount() + random.nextInt(one.blockSlotCount());
    return new KvCapacity(tokens, Math.max(tokens, blockSlots));
  }

  private void addRequests() {
    int[][] prefixes = {someTokens(14), someTokens(11)};
    int count = 1 + random.nextInt(8);
    for (int i = 0; i < count; i++) {
      requests.add(newRequest(prefixes[random.nextInt(prefixes.length)]));
    }
    requests.forEach(request -> bySequence.put(request.plan().sequence(), request));
  }

  private SimulatedRequest newRequest(int[] prefix) {
    SimulatedRequest.Kind kind = someKind();
    int steps = model.config().recursionCount();
    int limit = random.nextInt(3) > 0 ? steps : 1 + random.nextInt(steps);
    boolean isSingleChunk = kind == SimulatedRequest.Kind.SCORE_TOGETHER;
    Rule rule = random.nextInt(4) > 0 ? Rule.TRAINED : Rule.FIXED;
    RoutingMode mode = RoutingMode.of(isSingleChunk ? Rule.TOP_K : rule, limit);
    boolean generates = kind == SimulatedRequest.Kind.GENERATE;
    int most = isSingleChunk ? limits.prefillRows() : generates ? LONGEST / 2 : LONGEST;
    int[] prompt = someTokens(most - random.nextInt(random.nextBoolean() ? most : (most + 3) / 4));
    System.arraycopy(
        prefix, 0, prompt, 0, Math.min(random.nextInt(prefix.length + 1), prompt.length));
    int generated = generates ? random.nextInt(LONGEST - prompt.length) : 0;
    SequenceOptions options =
        new SequenceOptions(
            isSingleChunk ? prompt.length : 1 + random.nextInt(limits.prefillRows()),
            isSingleChunk,
            switch (kind) {
              case GENERATE -> SequenceOptions.NEWEST;
              case SCORE -> random.nextInt(prompt.length);
              case SCORE_TOGETHER -> 0;
              case KEEP -> prompt.length;
            });
    return new SimulatedRequest(
        new SimulatedRequest.Plan(
            kind,
            new Sequence(prompt, mode, options),
            new SingleRun(model, prompt, mode, generated),
            random.nextInt(LATEST_ARRIVAL),
            random.nextInt(4) == 0 ? random.nextInt(3 * LATEST_ARRIVAL) : Integer.MAX_VALUE));
  }

  private SimulatedRequest.Kind someKind() {
    SimulatedRequest.Kind[] kinds = SimulatedRequest.Kind.values();
    return random.nextBoolean()
        ? SimulatedRequest.Kind.GENERATE
        : kinds[random.nextInt(kinds.length)];
  }

  private int[] someTokens(int count) {
    return random.ints(count, 0, 5).toArray();
  }

  private SimulatedRequest request(Sequence sequence) {
    SimulatedRequest request = bySequence.get(sequence);
    if (request == null) {
      throw new IllegalArgumentException("a sequence of another simulation");
    }
    return request;
  }

  /** Runs until no sequence runs or waits. */
  BatchSimulation run() {
    for (turn = 0; turn < LATEST_ARRIVAL || !loop.isIdle(); turn++) {
      arriveAndCancel();
      if (!loop.isIdle()) {
        assertThat(loop.turn()).isTrue();
        loop.finishedChunks().forEach(this::deliver);
        rollBackSome();
      }
      requireSlotsOfHolders();
      requests.forEach(request -> request.requireInTime(turn));
    }
    requests.forEach(request -> loop.remove(request.plan().sequence()));
    requests.forEach(SimulatedRequest::requireComplete);
    assertThat(stages.chunkCount()).isZero();
    requireSlotsOfHolders();
    requireWithinLimits();
    return this;
  }

  private void arriveAndCancel() {
    for (SimulatedRequest request : requests) {
      SimulatedRequest.Plan plan = request.plan();
      if (plan.arrival() == turn) {
        request.setDeadline(turn + turnsUntilAllEnd());
        loop.submit(plan.sequence());
      }
      if (plan.cancellation() == turn && (request.isUnderWay(turn) || request.isKept())) {
        request.cancel();
        loop.remove(plan.sequence());
      }
    }
  }

  /**
   * An upper bound. Each token of the oldest sequence enters at the latest when the prompt rows
   * under way have finished, and then takes one turn for each run of the shared block. Meanwhile
   * the other sequences only gain.
   */
  private int turnsUntilAllEnd() {
    return requests.stream()
        .filter(request -> request.isUnderWay(turn))
        .mapToInt(request -> request.finalSize() * 2 * model.maxRunCount())
        .sum();
  }

  private void deliver(Chunk chunk) {
    SimulatedRequest request = request(chunk.sequence());
    boolean isLast = request.accept(chunk, stages);
    if (isLast && request.isKept()) {
      loop.keep(chunk.sequence());
    } else if (isLast) {
      loop.remove(chunk.sequence());
    }
  }

  /** Rolls sequences back, once all finished chunks are delivered. */
  private void rollBackSome() {
    for (SimulatedRequest request : requests) {
      if (request.isUnderWay(turn) && request.canRollBack() && random.nextInt(20) == 0) {
        request.rollBack(1 + random.nextInt(request.plan().sequence().size()));
        rollbackCount++;
        requests.forEach(each -> each.setDeadline(turn + turnsUntilAllEnd()));
      }
    }
  }

  /** The used slots are those that some sequence holds, each counted once. */
  private void requireSlotsOfHolders() {
    for (int region = 0; region < model.layout().regions().size(); region++) {
      BitSet held = new BitSet();
      for (SimulatedRequest request : requests) {
        if (request.plan().sequence().hasLease()) {
          hold(held, region, request.plan().sequence());
        }
      }
      assertThat(slots.used(region)).isEqualTo(held.cardinality());
    }
  }

  private void hold(BitSet held, int region, Sequence sequence) {
    for (int step = 0; step < model.steps(region); step++) {
      KvRows last = new KvRows().add(sequence.lease(), step, LONGEST, new int[] {0});
      slots.findVisible(region, last, visible);
      int[] all = visible.slots(visible.slotCount());
      for (int i = 0; i < visible.slotCount(); i++) {
        held.set(all[i]);
      }
    }
  }

  private void requireWithinLimits() {
    int skipped = requests.stream().mapToInt(SimulatedRequest::skipped).sum();
    assertThat((long) skipped).isLessThanOrEqualTo(loop.sharedTokenCount());
    assertThat(stages.widestBatch()).isLessThanOrEqualTo(limits.maxRowCount());
    assertThat(stages.mostStreamRows())
        .isLessThanOrEqualTo(model.maxRunCount() * limits.prefillRows() + limits.sequences());
    if (batching == Batching.LOCKSTEP) {
      assertThat(stages.hasMixedSteps()).isFalse();
    }
  }

  /** Number of preemptions. */
  long preemptionCount() {
    return loop.preemptionCount();
  }

  /** Number of rollbacks. */
  int rollbackCount() {
    return rollbackCount;
  }

  /** Number of tokens that were shared instead of computed. */
  long sharedTokenCount() {
    return loop.sharedTokenCount();
  }
}
