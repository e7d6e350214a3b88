package dev.mor4j.batch;

import dev.mor4j.kvcache.KvLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Chunks between prelude and coda, in the order of their entry. Every chunk takes one pass in each
 * turn, so those of one sequence stay in order at every step; a chunk that is through waits for
 * earlier ones of its sequence, whose keys and values the coda wants. One thread.
 */
final class Pipeline {
  private final List<Chunk> chunks = new ArrayList<>();

  boolean isEmpty() {
    return chunks.isEmpty();
  }

  void enter(List<Chunk> entering) {
    chunks.addAll(entering);
  }

  /** Chunks with rows that take another pass. */
  List<Chunk> running() {
    return chunks.stream().filter(chunk -> !chunk.isThrough()).toList();
  }

  /**
   * Rows that take another pass.
   *
   * @param decoding newest tokens of sequences that decode
   * @param prefill rows of prompts
   */
  record Rows(int decoding, int prefill) {}

  Rows rowsOnTheirWay() {
    return new Rows(rows(true), rows(false));
  }

  private int rows(boolean decoding) {
    return chunks.stream()
        .filter(chunk -> chunk.isDecoding() == decoding)
        .mapToInt(chunk -> chunk.rows().length)
        .sum();
  }

  /** Slots of the shared block's region that the rows on their way take in their next passes. */
  int slotsTakenNext(KvLayout layout) {
    return chunks.stream()
        .filter(chunk -> layout.writesAt(chunk.nextPass()))
        .mapToInt(chunk -> chunk.rows().length)
        .sum();
  }

  /** Chunks whose coda can be computed. */
  List<Chunk> leaving(Batching batching) {
    if (batching == Batching.LOCKSTEP && !running().isEmpty()) {
      return List.of();
    }
    List<Chunk> leaving = new ArrayList<>();
    Set<Sequence> held = new HashSet<>();
    for (Chunk chunk : chunks) {
      if (chunk.isThrough() && !held.contains(chunk.sequence())) {
        leaving.add(chunk);
      } else {
        held.add(chunk.sequence());
      }
    }
    return leaving;
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
