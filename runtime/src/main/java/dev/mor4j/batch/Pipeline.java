package dev.mor4j.batch;

import dev.mor4j.kvcache.KvLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Chunks between prelude and coda, in the order of their entry. Every chunk takes one pass in each
 * turn, so those of one sequence stay in order at every step; a chunk that is through waits for
 * earlier ones of its sequence, whose keys and values the coda wants. One thread.
 *
 * <p>Walked by index: a turn makes next to no garbage.
 */
final class Pipeline {
  private final List<Chunk> chunks = new ArrayList<>();
  private final List<Chunk> running = new ArrayList<>();
  private final List<Chunk> leaving = new ArrayList<>();

  boolean isEmpty() {
    return chunks.isEmpty();
  }

  void enter(List<Chunk> entering) {
    for (int i = 0; i < entering.size(); i++) {
      chunks.add(entering.get(i));
    }
  }

  /** Chunks with rows that take another pass; until the next call. */
  List<Chunk> running() {
    running.clear();
    for (int i = 0; i < chunks.size(); i++) {
      if (!chunks.get(i).isThrough()) {
        running.add(chunks.get(i));
      }
    }
    return running;
  }

  /** Newest tokens of sequences that decode, on their way to another pass. */
  int decodingRows() {
    return rows(true);
  }

  /** Rows of prompts on their way to another pass. */
  int prefillRows() {
    return rows(false);
  }

  private int rows(boolean decoding) {
    int rows = 0;
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      rows += chunk.isDecoding() == decoding ? chunk.rows().length : 0;
    }
    return rows;
  }

  /** Slots of the shared block's region that the rows on their way take in their next passes. */
  int slotsTakenNext(KvLayout layout) {
    int slots = 0;
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      slots += layout.writesAt(chunk.nextPass()) ? chunk.rows().length : 0;
    }
    return slots;
  }

  /** Chunks whose coda can be computed; until the next call. */
  List<Chunk> leaving(Batching batching) {
    leaving.clear();
    if (batching == Batching.LOCKSTEP && isAnyRunning()) {
      return leaving;
    }
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      if (chunk.isThrough() && !waitsForEarlier(i)) {
        leaving.add(chunk);
      }
    }
    return leaving;
  }

  private boolean isAnyRunning() {
    for (int i = 0; i < chunks.size(); i++) {
      if (!chunks.get(i).isThrough()) {
        return true;
      }
    }
    return false;
  }

  /** Whether an earlier chunk of the same sequence still runs. */
  private boolean waitsForEarlier(int index) {
    for (int i = 0; i < index; i++) {
      if (chunks.get(i).sequence() == chunks.get(index).sequence() && !chunks.get(i).isThrough()) {
        return true;
      }
    }
    return false;
  }

  void remove(List<Chunk> leaving) {
    chunks.removeAll(leaving);
  }

  /** Takes out the chunks of a sequence. */
  List<Chunk> takeAll(Sequence sequence) {
    List<Chunk> taken = chunks.stream().filter(chunk -> chunk.sequence() == sequence).toList();
    chunks.removeAll(taken);
    return taken;
  }
}
