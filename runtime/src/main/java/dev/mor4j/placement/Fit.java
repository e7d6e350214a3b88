package dev.mor4j.placement;

import dev.mor4j.model.RecursionConfig;
import java.util.Set;
import java.util.TreeSet;

/**
 * The parts of a model that a device takes. Pure arithmetic.
 *
 * @param blocks indices of the stored blocks on the device
 * @param hasHead whether the head is on the device
 */
record Fit(Set<Integer> blocks, boolean hasHead) {

  boolean isEmpty() {
    return blocks.isEmpty() && !hasHead;
  }

  /**
   * The parts that fit: first the shared block, which every recursion step uses; then the coda with
   * the head, which is most of the rest; then the prelude. If the shared block does not fit as a
   * whole, as many of its layers as do.
   */
  static Fit within(ModelBytes bytes, RecursionConfig recursion, long freeBytes) {
    Set<Integer> blocks = new TreeSet<>();
    int first = Placement.firstSharedLayer(recursion);
    int end = first + recursion.blockLength();
    long remaining = freeBytes - ModelBytes.DRIVER - bytes.working() - bytes.routers();
    for (int layer = first; layer < end && bytes.layers()[layer] <= remaining; layer++) {
      remaining -= bytes.layers()[layer];
      blocks.add(layer);
    }
    if (blocks.size() < recursion.blockLength()) {
      return new Fit(blocks, false);
    }
    long coda = bytes.head() + bytes.ofLayers(end, bytes.layers().length);
    boolean hasHead = coda <= remaining;
    if (hasHead) {
      remaining -= coda;
      addLayers(blocks, end, bytes.layers().length);
    }
    if (bytes.ofLayers(0, first) <= remaining) {
      addLayers(blocks, 0, first);
    }
    return new Fit(blocks, hasHead);
  }

  /** The requested parts, whether they fit or not. */
  static Fit of(Set<Part> parts, RecursionConfig recursion) {
    Set<Integer> blocks = new TreeSet<>();
    int first = Placement.firstSharedLayer(recursion);
    int end = first + recursion.blockLength();
    for (Part part : parts) {
      switch (part) {
        case PRELUDE -> addLayers(blocks, 0, first);
        case BLOCK -> addLayers(blocks, first, end);
        case CODA -> addLayers(blocks, end, recursion.storedBlockCount());
      }
    }
    return new Fit(blocks, parts.contains(Part.CODA));
  }

  /**
   * The next smaller fit, in the reverse order of {@link #within}: without the prelude, then
   * without the coda and the head, then with half of the shared block's layers, repeatedly, down to
   * none.
   */
  Fit less(RecursionConfig recursion) {
    int first = Placement.firstSharedLayer(recursion);
    int end = first + recursion.blockLength();
    if (blocks.stream().anyMatch(block -> block < first)) {
      return new Fit(between(first, recursion.storedBlockCount()), hasHead);
    }
    if (hasHead || blocks.stream().anyMatch(block -> block >= end)) {
      return new Fit(between(first, end), false);
    }
    return new Fit(between(first, first + blocks.size() / 2), false);
  }

  private Set<Integer> between(int first, int end) {
    Set<Integer> some = new TreeSet<>(blocks);
    some.removeIf(block -> block < first || block >= end);
    return some;
  }

  /** Bytes of its weights, keys and values; routers are placed with the first shared layer. */
  long bytes(ModelBytes bytes, RecursionConfig recursion) {
    long sum = hasHead ? bytes.head() : 0;
    sum += blocks.contains(Placement.firstSharedLayer(recursion)) ? bytes.routers() : 0;
    for (int block : blocks) {
      sum += bytes.layers()[block];
    }
    return sum;
  }

  private static void addLayers(Set<Integer> blocks, int first, int end) {
    for (int layer = first; layer < end; layer++) {
      blocks.add(layer);
    }
  }
}
