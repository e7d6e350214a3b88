package dev.mor4j.kvcache;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of a batch, as the cache sees them: one after another, in parts of one sequence at one step
 * each; a sequence comes once per step. Used again for one batch after another; one thread.
 */
public final class KvRows {
  private final List<KvLease> leases = new ArrayList<>();
  private int[] steps = new int[16];

  /** One past the last row of each part. */
  private int[] ends = new int[16];

  private int[] positions = new int[16];
  private int count;

  /** No rows. */
  public KvRows() {}

  /** Forgets all rows, for the next batch. */
  public void clear() {
    leases.clear();
    count = 0;
  }

  /**
   * Adds rows of one sequence at one step.
   *
   * @param step whose slots they take and look at, 0 outside the shared block
   * @param firstPosition position of row 0
   * @param rows ascending
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
