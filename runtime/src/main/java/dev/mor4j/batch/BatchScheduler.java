package dev.mor4j.batch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * Decides which sequences run and which of their tokens enter: first come, first served. Sequences
 * are admitted in the order of their arrival, and the oldest prompt gets the rows that a batch has
 * left. A sequence that decodes enters in every turn, whatever prompts enter beside it. If the K/V
 * cache is full, the youngest sequence is preempted, so the oldest always finishes. The scheduler
 * decides only; {@link BatchLoop} acts. Confined to the engine's thread.
 */
final class BatchScheduler {
  private final BatchLimits limits;
  private final Deque<Sequence> waiting = new ArrayDeque<>();

  /** In the order of their arrival. */
  private final List<Sequence> running = new ArrayList<>();

  private final List<ScheduledTokens> scheduled = new ArrayList<>();

  /**
   * Whether a sequence was preempted and no running sequence has ended since. Until one does, the
   * others only grow, so nothing is admitted: it would be preempted again.
   */
  private boolean isFullSincePreemption;

  BatchScheduler(BatchLimits limits) {
    this.limits = limits;
  }

  /** Adds a sequence to those that wait. */
  void submit(Sequence sequence) {
    waiting.addLast(sequence);
  }

  /** Removes a sequence, whether it runs or waits. */
  void remove(Sequence sequence) {
    if (running.remove(sequence)) {
      isFullSincePreemption = false;
    } else {
      waiting.remove(sequence);
    }
  }

  /** Sequences that run, the oldest first. */
  List<Sequence> running() {
    return List.copyOf(running);
  }

  int waitingCount() {
    return waiting.size();
  }

  boolean isIdle() {
    return running.isEmpty() && waiting.isEmpty();
  }

  /**
   * Tokens that the cache must have room for in this turn: the newest of each sequence that
   * decodes, and the smallest possible chunk of the oldest prompt.
   */
  int minTokens() {
    int decoding = 0;
    for (int i = 0; i < running.size(); i++) {
      decoding += running.get(i).isDecoding() ? 1 : 0;
    }
    return decoding + minChunkOfOldestPrompt();
  }

  private int minChunkOfOldestPrompt() {
    for (int i = 0; i < running.size(); i++) {
      Sequence sequence = running.get(i);
      if (!sequence.isDecoding() && sequence.pendingCount() > 0) {
        return sequence.minChunkSize();
      }
    }
    return 0;
  }

  /** Whether an older sequence could use the slots of the youngest. */
  boolean canPreempt() {
    return running.size() > 1;
  }

  /** Puts the youngest running sequence at the head of those that wait, and returns it. */
  Sequence preempt() {
    Sequence youngest = running.removeLast();
    waiting.addFirst(youngest);
    isFullSincePreemption = true;
    return youngest;
  }

  /** The next sequence to admit if there is room; empty if a running one has to end before. */
  Optional<Sequence> nextToAdmit() {
    boolean isHeldBack = isFullSincePreemption && !running.isEmpty();
    return isHeldBack || running.size() >= limits.sequences()
        ? Optional.empty()
        : Optional.ofNullable(waiting.peekFirst());
  }

  /** Pending tokens of all sequences that run. */
  int pendingTokens() {
    return running.stream().mapToInt(Sequence::pendingCount).sum();
  }

  /**
   * Admits waiting sequences while the cache has room for all their tokens; one is admitted in any
   * case if none runs. After a preemption, nothing is admitted until a running sequence ends.
   *
   * @param freeTokens tokens that the cache has room for
   * @param newTokens number of a sequence's tokens that it cannot share with another sequence
   * @return the admitted sequences, the oldest first
   */
  List<Sequence> admit(int freeTokens, ToIntFunction<Sequence> newTokens) {
    if (waiting.isEmpty()) {
      return List.of();
    }
    List<Sequence> admitted = new ArrayList<>();
    int available = freeTokens - pendingTokens();
    for (Optional<Sequence> next = nextToAdmit(); next.isPresent(); next = nextToAdmit()) {
      Sequence sequence = next.get();
      int wanted = newTokens.applyAsInt(sequence);
      if (!running.isEmpty() && available < wanted) {
        break; // it would cause a preemption, most likely its own
      }
      waiting.removeFirst();
      available -= wanted;
      running.add(sequence);
      admitted.add(sequence);
    }
    return admitted;
  }

  /**
   * Decides which tokens enter in this turn.
   *
   * @param freeTokens tokens that the cache has room for
   * @param activeDecodeRows rows of decoding sequences that take a further step
   * @param activePrefillRows rows of prompts that take a further step
   * @return decoding sequences first; valid until the next call
   */
  List<ScheduledTokens> schedule(int freeTokens, int activeDecodeRows, int activePrefillRows) {
    scheduled.clear();
    int tokens = freeTokens;
    for (int i = 0; i < running.size(); i++) {
      Sequence sequence = running.get(i);
      if (sequence.isDecoding() && tokens > 0) {
        scheduled.add(new ScheduledTokens(sequence, 1));
        tokens--;
      }
    }
    boolean isDecoding = !scheduled.isEmpty() || activeDecodeRows > 0;
    int rows = prefillRows(isDecoding) - activePrefillRows;
    for (int i = 0; i < running.size(); i++) {
      Sequence sequence = running.get(i);
      if (!sequence.isDecoding() && sequence.pendingCount() > 0) {
        int count = sequence.nextChunkSize(Math.max(0, Math.min(rows, tokens)));
        if (count == 0) {
          break; // younger prompts do not overtake
        }
        scheduled.add(new ScheduledTokens(sequence, count));
        rows -= count;
        tokens -= count;
      }
    }
    return scheduled;
  }

  /**
   * Rows that a batch has for prompts. The oldest prompt gets the rows that it needs beside
   * decoding too, if it must be one chunk.
   */
  private int prefillRows(boolean isDecoding) {
    return isDecoding
        ? Math.clamp(
            minChunkOfOldestPrompt(), limits.prefillRowsBesideDecoding(), limits.prefillRows())
        : limits.prefillRows();
  }
}
