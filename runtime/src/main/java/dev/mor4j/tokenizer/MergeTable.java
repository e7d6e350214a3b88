package dev.mor4j.tokenizer;

import java.util.Arrays;

/** Which two tokens merge into which, and how early: a hash map of primitives. */
final class MergeTable {

  /** No such merge. */
  static final long NONE = -1;

  private final long[] pairs;
  private final long[] merges;

  /** An empty table for up to {@code capacity} merges. */
  MergeTable(int capacity) {
    int length = Integer.highestOneBit(Math.max(4, capacity)) << 2;
    pairs = new long[length];
    merges = new long[length];
    Arrays.fill(merges, NONE);
  }

  /** Adds a merge; a pair that comes again takes the later rank, as in Hugging Face's. */
  void put(int left, int right, int rank, int merged) {
    int slot = find(left, right);
    pairs[slot] = pair(left, right);
    merges[slot] = ((long) rank << 32) | merged;
  }

  /** The merge of two tokens for {@link #rank} and {@link #merged}, or {@link #NONE}. */
  long get(int left, int right) {
    return merges[find(left, right)];
  }

  /** How early a merge comes: the lowest first. */
  static int rank(long merge) {
    return (int) (merge >>> 32);
  }

  /** The token that a merge makes. */
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
