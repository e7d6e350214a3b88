package dev.mor4j.tokenizer;

import java.util.Arrays;

/** Maps pairs of tokens to the token that they merge into, and the merge's rank. No boxing. */
final class MergeTable {

  /** No such merge. */
  static final long NONE = -1;

  private final long[] pairs;
  private final long[] merges;

  /** Creates an empty table for up to {@code capacity} merges. */
  MergeTable(int capacity) {
    int length = Integer.highestOneBit(Math.max(4, capacity)) << 2;
    pairs = new long[length];
    merges = new long[length];
    Arrays.fill(merges, NONE);
  }

  /** Adds a merge. A repeated pair gets the later rank, as in Hugging Face's library. */
  void put(int left, int right, int rank, int merged) {
    int slot = find(left, right);
    pairs[slot] = pair(left, right);
    merges[slot] = ((long) rank << 32) | merged;
  }

  /** The merge of two tokens, to be read by {@link #rank} and {@link #merged}, or {@link #NONE}. */
  long get(int left, int right) {
    return merges[find(left, right)];
  }

  /** A merge's rank: the lowest goes first. */
  static int rank(long merge) {
    return (int) (merge >>> 32);
  }

  /** The token that a merge results in. */
  static int merged(long merge) {
    return (int) merge;
  }

  private int find(int left, int right) {
    long pair = pair(left, right);
    long mixed = pair * 0x9E3779B97F4A7C15L;
    int slot = (int) (mixed >>> 32) & (pairs.length - 1);
    while (merges[slot] != NONE && pairs[slot] != pair) {
      slot = (slot + 1) & (pairs.length - 1);
    }
    return slot;
  }

  private static long pair(int left, int right) {
    return ((long) left << 32) | right;
  }
}
