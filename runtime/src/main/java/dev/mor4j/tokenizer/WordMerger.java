package dev.mor4j.tokenizer;

import java.util.Arrays;

/**
 * Merges the tokens of one word: of all adjacent pairs that merge, the one with the lowest rank
 * goes first, the leftmost one of equal ranks. A heap keeps this fast for words as long as a whole
 * text.
 */
final class WordMerger {

  private static final int REMOVED = -1;

  private final MergeTable merges;
  private final int[] symbols;
  private final int[] previous;
  private final int[] next;
  // Min-heap of (rank << 32 | position of the left symbol).
  private long[] heap;
  private int heapSize;

  WordMerger(MergeTable merges, int[] symbols) {
    this.merges = merges;
    this.symbols = symbols;
    previous = new int[symbols.length];
    next = new int[symbols.length];
    heap = new long[Math.max(4, symbols.length)];
  }

  int[] merge() {
    int last = symbols.length - 1;
    for (int i = 0; i <= last; i++) {
      previous[i] = i - 1;
      next[i] = i == last ? -1 : i + 1;
    }
    for (int i = 0; i < last; i++) {
      offer(i);
    }
    while (heapSize > 0) {
      long top = pop();
      mergeAt((int) top, (int) (top >>> 32));
    }
    return Arrays.stream(symbols).filter(symbol -> symbol != REMOVED).toArray();
  }

  private void mergeAt(int left, int rank) {
    int right = next[left];
    if (symbols[left] == REMOVED || right < 0) {
      return;
    }
    long merge = merges.get(symbols[left], symbols[right]);
    if (merge == MergeTable.NONE || MergeTable.rank(merge) != rank) {
      return; // a later merge has replaced one of the two tokens
    }
    symbols[left] = MergeTable.merged(merge);
    symbols[right] = REMOVED;
    next[left] = next[right];
    if (next[left] >= 0) {
      previous[next[left]] = left;
      offer(left);
    }
    if (previous[left] >= 0) {
      offer(previous[left]);
    }
  }

  private void offer(int left) {
    long merge = merges.get(symbols[left], symbols[next[left]]);
    if (merge != MergeTable.NONE) {
      push(((long) MergeTable.rank(merge) << 32) | left);
    }
  }

  private void push(long entry) {
    if (heapSize == heap.length) {
      heap = Arrays.copyOf(heap, 2 * heapSize);
    }
    int at = heapSize++;
    while (at > 0 && entry < heap[(at - 1) / 2]) {
      heap[at] = heap[(at - 1) / 2];
      at = (at - 1) / 2;
    }
    heap[at] = entry;
  }

  private long pop() {
    long top = heap[0];
    long moved = heap[--heapSize];
    int at = 0;
    while (2 * at + 1 < heapSize) {
      int child = 2 * at + 1;
      if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
        child++;
      }
      if (moved <= heap[child]) {
        break;
      }
      heap[at] = heap[child];
      at = child;
    }
    heap[at] = moved;
    return top;
  }
}
