package dev.mor4j.batch;

import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvSlots;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Turn after turn: who enters goes through the prelude and joins those on their way in one pass
 * through the shared block; who is through goes to the coda. What is computed is up to a {@link
 * StageWork}. One thread.
 */
public final class BatchLoop {
  /** Fewer tokens are computed sooner than shared. */
  private static final int LEAST_SHARED_PREFIX = 8;

  private final BatchScheduler scheduler;
  private final Batching batching;
  private final KvLayout layout;
  private final KvSlots slots;
  private final StageWork work;
  private final Pipeline pipeline = new Pipeline();

  /** Sequences that came to their end and stay for others that begin like them. */
  private final List<Sequence> kept = new ArrayList<>();

  private final List<Chunk> entering = new ArrayList<>();

  /** Those that came to their end in the last turn. */
  private List<Chunk> left = List.of();

  private long preemptionCount;
  private long sharedTokenCount;

  /**
   * @param slots where sequences take their places; the work commits to them
   */
  public BatchLoop(
      BatchLimits limits, Batching batching, KvLayout layout, KvSlots slots, StageWork work) {
    this.batching = batching;
    this.layout = layout;
    this.slots = slots;
    this.work = work;
    scheduler = new BatchScheduler(limits);
  }

  /** Lets a sequence wait for its turn. */
  public void submit(Sequence sequence) {
    scheduler.submit(sequence);
  }

  /** Ends a sequence, wherever it is, and gives its place in the cache back. */
  public void remove(Sequence sequence) {
    scheduler.remove(sequence);
    kept.remove(sequence);
    leave(sequence);
  }

  /**
   * Ends a sequence, but leaves its keys and values for others that begin like it, until it is
   * removed or the cache runs short.
   */
  public void keep(Sequence sequence) {
    scheduler.remove(sequence);
    pipeline.takeAll(sequence).forEach(work::forget);
    kept.add(sequence);
  }

  private void leave(Sequence sequence) {
    pipeline.takeAll(sequence).forEach(work::forget);
    sequence.leave();
  }

  /** Whether there is nothing to do. */
  public boolean isIdle() {
    return scheduler.isIdle();
  }

  /** Sequences that run, the oldest first. */
  public List<Sequence> running() {
    return scheduler.running();
  }

  /** Sequences that wait for a place. */
  public int waitingCount() {
    return scheduler.waitingCount();
  }

  /** How often a sequence had to give its place back and begin again. */
  public long preemptionCount() {
    return preemptionCount;
  }

  /** Tokens that needed no computing, since another sequence began with the same. */
  public long sharedTokenCount() {
    return sharedTokenCount;
  }

  /**
   * Takes one turn; {@link #left} tells who came to the end.
   *
   * @return false if the work was stopped
   */
  public boolean turn() {
    left = List.of();
    enter();
    pipeline.enter(entering); // at once: whoever fails must be found there
    if (!entering.isEmpty() && !work.prelude(entering)) {
      return false;
    }
    List<Chunk> running = pipeline.running();
    if (!running.isEmpty() && !work.pass(running)) {
      return false;
    }
    List<Chunk> leaving = pipeline.leaving(batching);
    if (!leaving.isEmpty() && !work.coda(leaving)) {
      return false;
    }
    pipeline.remove(leaving);
    for (int i = 0; i < leaving.size(); i++) {
      work.forget(leaving.get(i));
      leaving.get(i).sequence().pass(leaving.get(i));
    }
    if (entering.isEmpty() && running.isEmpty() && leaving.isEmpty() && !isIdle()) {
      throw new IllegalStateException(
          "%d sequences run, %d wait, and none can go on"
              .formatted(scheduler.running().size(), waitingCount()));
    }
    left = leaving;
    return true;
  }

  /**
   * Chunks that came to their end in the last turn, those of one sequence in order; until the next
   * turn.
   */
  public List<Chunk> left() {
    return left;
  }

  private void enter() {
    entering.clear();
    makeRoom();
    if (!isOpen()) {
      return;
    }
    if (waitingCount() > 0) {
      makeRoomForTheNext();
      scheduler.admit(room(), this::newTokens).forEach(this::begin);
      makeRoom(); // who runs alone was admitted without asking for room
    }
    List<Entry> entries =
        scheduler.entries(room(), pipeline.decodingRows(), pipeline.prefillRows());
    for (int i = 0; i < entries.size(); i++) {
      entering.add(entries.get(i).sequence().enter(entries.get(i).count()));
    }
  }

  /** Whether anybody may enter now. */
  private boolean isOpen() {
    return batching == Batching.DEPTH_WISE || pipeline.isEmpty();
  }

  /** Those who have come furthest go on; kept prefixes go first, then the youngest. */
  private void makeRoom() {
    while (room() < (isOpen() ? scheduler.leastTokens() : 0)) {
      if (!kept.isEmpty()) {
        leave(kept.removeFirst());
      } else if (scheduler.canPreempt()) {
        leave(scheduler.preempt());
        preemptionCount++;
      } else {
        return;
      }
    }
  }

  /**
   * Nobody waits for room that kept prefixes take, but for one that the next in line would take
   * over; none goes where all of them would not be enough.
   */
  private void makeRoomForTheNext() {
    Optional<Sequence> next = scheduler.next();
    if (kept.isEmpty() || next.isEmpty()) {
      return;
    }
    Beginning beginning = beginning(next.get());
    int wanted = scheduler.readyTokens() + next.get().ready() - beginning.tokenCount();
    List<Sequence> idle = new ArrayList<>(kept);
    idle.removeIf(beginning::isMostOf);
    while (room() < wanted && room(idle) >= wanted && !idle.isEmpty()) {
      Sequence oldest = idle.removeFirst();
      kept.remove(oldest);
      leave(oldest);
    }
  }

  /** Tokens that the cache has room for, besides what rows on their way take next. */
  private int room() {
    return room(List.of());
  }

  /**
   * As {@link #room()}, if others were gone.
   *
   * @param gone of slots that they share with others too many are counted
   */
  private int room(List<Sequence> gone) {
    int block = layout.blockRegion();
    int room = free(block, gone) - pipeline.slotsTakenNext(layout);
    for (int region = 0; region < layout.regions().size(); region++) {
      // the coda's slots are taken later, but by the same tokens as the prelude's
      room = region < block ? Math.min(room, free(region, gone)) : room;
    }
    return room;
  }

  private int free(int region, List<Sequence> gone) {
    int free = slots.free(region);
    for (int i = 0; i < gone.size(); i++) {
      free += gone.get(i).lease().slotCount(region);
    }
    return free;
  }

  private void begin(Sequence sequence) {
    Beginning beginning = beginning(sequence);
    sequence.begin(slots.lease());
    if (beginning.tokenCount() > 0) {
      sequence.lease().sharePrefix(beginning.source().lease(), beginning.tokenCount());
      sequence.skip(beginning.tokenCount(), beginning.source());
      sharedTokenCount += beginning.tokenCount();
    }
  }

  private int newTokens(Sequence sequence) {
    return sequence.ready() - beginning(sequence).tokenCount();
  }

  /**
   * Tokens that a sequence need not compute.
   *
   * @param source who has stored them; the sequence itself if there are none
   */
  private record Beginning(Sequence source, int tokenCount) {
    boolean isMostOf(Sequence sequence) {
      return source == sequence && 2 * tokenCount >= sequence.size();
    }
  }

  /** The longest beginning that another one has stored, if it is worth sharing. */
  private Beginning beginning(Sequence sequence) {
    Beginning longest = new Beginning(sequence, 0);
    for (Sequence other : sharable(sequence)) {
      int common = sequence.sharedPrefix(other);
      if (common >= LEAST_SHARED_PREFIX && common > longest.tokenCount()) {
        longest = new Beginning(other, common);
      }
    }
    return longest;
  }

  private List<Sequence> sharable(Sequence sequence) {
    List<Sequence> others = new ArrayList<>(kept);
    scheduler.running().stream().filter(other -> other != sequence).forEach(others::add);
    return others;
  }
}
