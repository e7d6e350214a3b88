package dev.mor4j.kvcache;

import java.util.List;

/**
 * Rows of a batch, as the cache sees them: one after another, sequence by sequence.
 *
 * @param parts rows of one sequence each; a sequence comes once per step
 */
public record KvRows(List<Part> parts) {

  /**
   * Rows of one sequence at one step.
   *
   * @param step whose slots they take and look at, 0 outside the shared block
   * @param positions ascending
   */
  public record Part(KvLease lease, int step, int[] positions) {}

  public KvRows {
    parts = List.copyOf(parts);
  }

  /** Number of rows. */
  public int count() {
    int count = 0;
    for (int i = 0; i < parts.size(); i++) {
      count += parts.get(i).positions().length;
    }
    return count;
  }
}
