package dev.mor4j.kvcache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The rows of a batch, as far as the K/V cache is concerned: parts one after another, each of one
 * sequence at one step. A sequence has one part for each step at most. Reused from batch to batch.
 * Confined to the engine's thread.
 */
public final class KvRows {
  private final List<KvLease> leases = new ArrayList<>();
  private int[] steps = new int[16];

  /** One past the last row of each part. */
  private int[] ends = new int[16];

  private int[] positions = new int[16];
  private int count;

  /** Without rows. */
  public KvRows() {}

  /** Removes all rows, for the next batch. */
  public void clear() {
    leases.clear();
    count = 0;
  }

  /**
   * Adds rows of one sequence at one step.
   *
   * @param step the step whose slots the rows read and write; 0 outside the shared block
   * @param firstPosition position of the chunk's row 0
   * @param rows rows of the chunk, ascending
   * @return this
   */
  public KvRows add(KvLease lease, int step, int firstPosition, int[] rows) {
    int part = leases.size();
    leases.add(lease);
    steps = grown(steps, part + 1);
    ends = grown(ends, part + 1);
    positions = grown(positions, count + rows.length);
    for (int row : rows) {
      positions[count++] = firstPosition + row;
    }
    steps[part] = step;
    ends[part] = count;
    return this;
  }

  private static int[] grown(int[] array, int size) {
    return size <= array.length ? array : Arrays.copyOf(array, Math.max(size, 2 * array.length));
  }

  /** Number of rows. */
  public int count() {
    return count;
  }

  int partCount() {
    return leases.size();
  }

  KvLease lease(int part) {
    return leases.get(part);
  }

  int step(int part) {
    return steps[part];
  }

  int start(int part) {
    return part == 0 ? 0 : ends[part - 1];
  }

  int end(int part) {
    return ends[part];
  }

  int position(int row) {
    return positions[row];
  }
}
