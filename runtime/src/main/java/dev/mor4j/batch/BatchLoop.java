package dev.mor4j.batch;

import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvSlots;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs sequences by continuous batching, turn after turn. In each turn new chunks take the prelude
 * and join those under way; all of them run the shared block once; chunks whose rows need no
 * further step run the coda. {@link BatchScheduler} decides what enters, and a {@link StageWork}
 * computes. Confined to the engine's thread.
 */
public final class BatchLoop {
  private final BatchScheduler scheduler;
  private final Batching batching;
  private final KvSlots slots;
  private final StageWork work;
  private final Pipeline pipeline = new Pipeline();
  private final PrefixCache prefixes = new PrefixCache();
  private final CacheSpace space;
  private final List<Chunk> entering = new ArrayList<>();
  private List<Chunk> finished = List.of();
  private long preemptionCount;
  private long sharedTokenCount;

  /**
   * A loop without sequences.
   *
   * @param slots the K/V cache's slots, which the work commits
   */
  public BatchLoop(
      BatchLimits limits, Batching batching, KvLayout layout, KvSlots slots, StageWork work) {
    this.batching = batching;
    this.slots = slots;
    this.work = work;
    scheduler = new BatchScheduler(limits);
    space = new CacheSpace(layout, slots, pipeline);
  }

  /** Adds a sequence to those that wait. */
  public void submit(Sequence sequence) {
    scheduler.submit(sequence);
  }

  /** Ends a sequence, whether it waits, runs or is kept, and frees its slots. */
  public void remove(Sequence sequence) {
    scheduler.remove(sequence);
    prefixes.remove(sequence);
    evict(sequence);
  }

  /**
   * Ends a sequence, but keeps its slots for others with the same prefix, until it is removed or
   * the cache runs short. Tokens that have not taken all stages are not kept.
   */
  public void keep(Sequence sequence) {
    scheduler.remove(sequence);
    pipeline.removeAllOf(sequence).forEach(work::release);
    prefixes.keep(sequence);
  }

  /** Whether no sequence runs or waits. */
  public boolean isIdle() {
    return scheduler.isIdle();
  }

  /** Sequences that run, the oldest first. */
  public List<Sequence> running() {
    return scheduler.running();
  }

  /** Number of sequences that wait. */
  public int waitingCount() {
    return scheduler.waitingCount();
  }

  /** Number of preemptions so far: each one makes a sequence compute its tokens again. */
  public long preemptionCount() {
    return preemptionCount;
  }

  /** Number of tokens so far that were shared with another sequence instead of computed. */
  public long sharedTokenCount() {
    return sharedTokenCount;
  }

  /**
   * Takes one turn. Afterwards {@link #finishedChunks} have results.
   *
   * @return false if the work was cancelled
   * @throws IllegalStateException if no sequence can go on, because a caller neither added a token
   *     to a completed sequence nor removed it
   */
  public boolean turn() {
    finished = List.of();
    schedule();
    pipeline.addAll(entering); // first, so that remove() finds them if a stage throws
    if (!entering.isEmpty() && !work.prelude(entering)) {
      return false;
    }
    List<Chunk> active = pipeline.activeChunks();
    if (!active.isEmpty() && !work.sharedBlock(active)) {
      return false;
    }
    List<Chunk> leaving = pipeline.chunksForCoda(batching);
    if (!leaving.isEmpty() && !work.coda(leaving)) {
      return false;
    }
    pipeline.removeAll(leaving);
    for (int i = 0; i < leaving.size(); i++) {
      work.release(leaving.get(i));
      leaving.get(i).sequence().complete(leaving.get(i));
    }
    if (entering.isEmpty() && active.isEmpty() && leaving.isEmpty() && !isIdle()) {
      throw new IllegalStateException(
          "%s sequences run, %s wait, and none can make progress"
              .formatted(scheduler.running().size(), waitingCount()));
    }
    finished = leaving;
    return true;
  }

  /**
   * Chunks that took the coda in the last turn, those of one sequence in order. Valid until the
   * next turn.
   */
  public List<Chunk> finishedChunks() {
    return finished;
  }

  /** Admits sequences, and forms the chunks that enter in this turn. */
  private void schedule() {
    entering.clear();
    freeSlotsForRunning();
    if (!isOpen()) {
      return;
    }
    if (waitingCount() > 0) {
      evictKeptForNext();
      scheduler.admit(space.freeTokens(), this::newTokens).forEach(this::admit);
      freeSlotsForRunning(); // a sequence that runs alone was admitted without asking for room
    }
    List<ScheduledTokens> scheduled =
        scheduler.schedule(
            space.freeTokens(), pipeline.activeDecodeRows(), pipeline.activePrefillRows());
    for (int i = 0; i < scheduled.size(); i++) {
      entering.add(scheduled.get(i).sequence().nextChunk(scheduled.get(i).count()));
    }
  }

  /** Whether chunks may enter now. */
  private boolean isOpen() {
    return batching == Batching.DEPTH_WISE || pipeline.isEmpty();
  }

  /**
   * Frees slots until the running sequences can go on: evicts kept sequences first, then preempts
   * the youngest.
   */
  private void freeSlotsForRunning() {
    while (space.freeTokens() < (isOpen() ? scheduler.minTokens() : 0)) {
      if (!prefixes.isEmpty()) {
        evict(prefixes.removeOldest());
      } else if (scheduler.canPreempt()) {
        evict(scheduler.preempt());
        preemptionCount++;
      } else {
        return;
      }
    }
  }

  /**
   * Evicts kept sequences until the next waiting sequence fits, but not the one that it shares most
   * of. Evicts none if all of them would not be enough.
   */
  private void evictKeptForNext() {
    Optional<Sequence> next = scheduler.nextToAdmit();
    if (prefixes.isEmpty() || next.isEmpty()) {
      return;
    }
    Optional<SharedPrefix> prefix = sharedPrefix(next.get());
    int wanted = scheduler.pendingTokens() + next.get().pendingCount() - tokenCount(prefix);
    List<Sequence> evictable = prefixes.evictable(prefix);
    while (!evictable.isEmpty()
        && space.freeTokens() < wanted
        && space.freeTokensWithout(evictable) >= wanted) {
      Sequence oldest = evictable.removeFirst();
      prefixes.remove(oldest);
      evict(oldest);
    }
  }

  private void evict(Sequence sequence) {
    pipeline.removeAllOf(sequence).forEach(work::release);
    sequence.evict();
  }

  private void admit(Sequence sequence) {
    Optional<SharedPrefix> prefix = sharedPrefix(sequence);
    sequence.admit(slots.lease());
    prefix.ifPresent(shared -> share(sequence, shared));
  }

  private void share(Sequence sequence, SharedPrefix prefix) {
    sequence.lease().sharePrefix(prefix.source().lease(), prefix.tokenCount());
    sequence.adoptPrefix(prefix.source(), prefix.tokenCount());
    sharedTokenCount += prefix.tokenCount();
  }

  private int newTokens(Sequence sequence) {
    return sequence.pendingCount() - tokenCount(sharedPrefix(sequence));
  }

  private Optional<SharedPrefix> sharedPrefix(Sequence sequence) {
    return prefixes.longestPrefix(sequence, scheduler.running());
  }

  private static int tokenCount(Optional<SharedPrefix> prefix) {
    return prefix.map(SharedPrefix::tokenCount).orElse(0);
  }
}
