package dev.mor4j.batch;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * Who runs. First come, first served: sequences begin in the order of their arrival, and where room
 * for prompts is short the oldest gets it. Those that decode always enter, whatever prompts come
 * beside them. If the cache is full, the youngest leaves and waits again, so the oldest always
 * comes to its end. Decides only; one thread.
 */
final class BatchScheduler {
  private final BatchLimits limits;
  private final Deque<Sequence> waiting = new ArrayDeque<>();

  /** In the order of their arrival. */
  private final List<Sequence> running = new ArrayList<>();

  private final List<Entry> entries = new ArrayList<>();

  /** Whether somebody gave way, and nobody who runs has ended since: until then they only grow. */
  private boolean isCrowded;

  BatchScheduler(BatchLimits limits) {
    this.limits = limits;
  }

  /** Lets a sequence wait for its turn. */
  void submit(Sequence sequence) {
    waiting.addLast(sequence);
  }

  /** Forgets a sequence, wherever it is. */
  void remove(Sequence sequence) {
    if (running.remove(sequence)) {
      isCrowded = false;
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

  /** Tokens that must find room: of all that decode, and of the oldest prompt. */
  int leastTokens() {
    int decoding = 0;
    for (int i = 0; i < running.size(); i++) {
      decoding += running.get(i).isDecoding() ? 1 : 0;
    }
    return decoding + leastOfOldestPrompt();
  }

  private int leastOfOldestPrompt() {
    for (int i = 0; i < running.size(); i++) {
      Sequence each = running.get(i);
      if (!each.isDecoding() && each.ready() > 0) {
        return each.leastEntry();
      }
    }
    return 0;
  }

  /** Whether somebody else could do with the place of the youngest. */
  boolean canPreempt() {
    return running.size() > 1;
  }

  /** Sends the youngest back to wait, before all that wait already. */
  Sequence preempt() {
    Sequence youngest = running.removeLast();
    waiting.addFirst(youngest);
    isCrowded = true;
    return youngest;
  }

  /** Who begins next if there is room enough; empty if somebody has to end before. */
  Optional<Sequence> next() {
    boolean isHeldBack = isCrowded && !running.isEmpty();
    return isHeldBack || running.size() >= limits.sequences()
        ? Optional.empty()
        : Optional.ofNullable(waiting.peekFirst());
  }

  /** Tokens of those who run that are still to enter. */
  int readyTokens() {
    return running.stream().mapToInt(Sequence::ready).sum();
  }

  /**
   * Lets waiting sequences run as long as the cache has room for all their tokens, and one in any
   * case. Who gave way would soon do so again, so nobody follows before one that runs has ended.
   *
   * @param tokens tokens that the cache has room for
   * @param newTokens how many of a sequence's tokens no other one has stored
   */
  List<Sequence> admit(int tokens, ToIntFunction<Sequence> newTokens) {
    if (waiting.isEmpty()) {
      return List.of();
    }
    List<Sequence> admitted = new ArrayList<>();
    int left = tokens - readyTokens();
    for (Optional<Sequence> next = next(); next.isPresent(); next = next()) {
      Sequence sequence = next.get();
      int wanted = newTokens.applyAsInt(sequence);
      if (!running.isEmpty() && left < wanted) {
        break; // it would push others out, or be pushed out itself
      }
      waiting.removeFirst();
      left -= wanted;
      running.add(sequence);
      admitted.add(sequence);
    }
    return admitted;
  }

  /**
   * Who enters, those that decode first; until the next call.
   *
   * @param tokens tokens that the cache has room for
   * @param decodingOnTheirWay newest tokens of sequences that take another pass already
   * @param prefillOnTheirWay rows of prompts that do
   */
  List<Entry> entries(int tokens, int decodingOnTheirWay, int prefillOnTheirWay) {
    entries.clear();
    int room = tokens;
    for (int i = 0; i < running.size(); i++) {
      Sequence sequence = running.get(i);
      if (sequence.isDecoding() && room > 0) {
        entries.add(new Entry(sequence, 1));
        room--;
      }
    }
    boolean besideDecoding = !entries.isEmpty() || decodingOnTheirWay > 0;
    int rows = prefillRows(besideDecoding) - prefillOnTheirWay;
    for (int i = 0; i < running.size(); i++) {
      Sequence sequence = running.get(i);
      if (!sequence.isDecoding() && sequence.ready() > 0) {
        int count = sequence.enters(Math.max(0, Math.min(rows, room)));
        if (count == 0) {
          break; // nobody overtakes the oldest
        }
        entries.add(new Entry(sequence, count));
        rows -= count;
        room -= count;
      }
    }
    return entries;
  }

  /** The oldest prompt gets the room that it needs beside decoding too, if it must enter whole. */
  private int prefillRows(boolean besideDecoding) {
    return besideDecoding
        ? Math.clamp(
            leastOfOldestPrompt(), limits.prefillRowsBesideDecoding(), limits.prefillRows())
        : limits.prefillRows();
  }
}
