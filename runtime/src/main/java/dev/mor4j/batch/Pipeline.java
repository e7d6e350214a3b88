package dev.mor4j.batch;

import dev.mor4j.kvcache.KvLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * The chunks between prelude and coda, in the order in which they entered. Every chunk takes one
 * step in each turn, so the chunks of one sequence stay in order at every step. At the coda a chunk
 * waits for earlier chunks of its sequence, because the coda reads their keys and values. Confined
 * to the engine's thread.
 *
 * <p>Lists are walked by index and reused, so a turn makes hardly any garbage.
 */
final class Pipeline {
  private final List<Chunk> chunks = new ArrayList<>();
  private final List<Chunk> active = new ArrayList<>();
  private final List<Chunk> ready = new ArrayList<>();

  boolean isEmpty() {
    return chunks.isEmpty();
  }

  void addAll(List<Chunk> entering) {
    for (int i = 0; i < entering.size(); i++) {
      chunks.add(entering.get(i));
    }
  }

  /** Chunks with rows that take a further step; valid until the next call. */
  List<Chunk> activeChunks() {
    active.clear();
    for (int i = 0; i < chunks.size(); i++) {
      if (!chunks.get(i).isReadyForCoda()) {
        active.add(chunks.get(i));
      }
    }
    return active;
  }

  /** Rows of decoding sequences that take a further step. */
  int activeDecodeRows() {
    return activeRows(true);
  }

  /** Rows of prompts that take a further step. */
  int activePrefillRows() {
    return activeRows(false);
  }

  private int activeRows(boolean decoding) {
    int rows = 0;
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      rows += chunk.isDecoding() == decoding ? chunk.activeRows().length : 0;
    }
    return rows;
  }

  /** Slots of the shared block's region that active rows will take in their next step. */
  int slotsNeededNext(KvLayout layout) {
    int slots = 0;
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      slots += layout.writesAt(chunk.nextStep()) ? chunk.activeRows().length : 0;
    }
    return slots;
  }

  /** Chunks that can run the coda now; valid until the next call. */
  List<Chunk> chunksForCoda(Batching batching) {
    ready.clear();
    if (batching == Batching.LOCKSTEP && hasActiveChunk()) {
      return ready;
    }
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      if (chunk.isReadyForCoda() && !waitsForEarlierChunk(i)) {
        ready.add(chunk);
      }
    }
    return ready;
  }

  private boolean hasActiveChunk() {
    for (int i = 0; i < chunks.size(); i++) {
      if (!chunks.get(i).isReadyForCoda()) {
        return true;
      }
    }
    return false;
  }

  /** Whether an earlier chunk of the same sequence takes a further step. */
  private boolean waitsForEarlierChunk(int index) {
    for (int i = 0; i < index; i++) {
      Chunk earlier = chunks.get(i);
      if (earlier.sequence() == chunks.get(index).sequence() && !earlier.isReadyForCoda()) {
        return true;
      }
    }
    return false;
  }

  void removeAll(List<Chunk> finished) {
    chunks.removeAll(finished);
  }

  /** Removes the chunks of a sequence, and returns them. */
  List<Chunk> removeAllOf(Sequence sequence) {
    List<Chunk> removed = chunks.stream().filter(chunk -> chunk.sequence() == sequence).toList();
    chunks.removeAll(removed);
    return removed;
  }
}
