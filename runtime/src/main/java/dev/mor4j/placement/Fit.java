package dev.mor4j.placement;

import dev.mor4j.model.RecursionConfig;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which pieces of a model a device has room for. Pure arithmetic.
 *
 * @param blocks stored blocks
 * @param hasHead whether the head
 */
record Fit(Set<Integer> blocks, boolean hasHead) {

  boolean isEmpty() {
    return blocks.isEmpty() && !hasHead;
  }

  /**
   * As much as there is room for. First the shared block, whose bytes serve every step; then the
   * coda with the head, which is most of the rest; then the prelude. If the block does not fit, as
   * many of its layers as do.
   */
  static Fit within(ModelBytes bytes, RecursionConfig recursion, long freeBytes) {
    Set<Integer> blocks = new TreeSet<>();
    int first = Placement.firstSharedLayer(recursion);
    int end = first + recursion.blockLength();
    long left = freeBytes - ModelBytes.DRIVER - bytes.working() - bytes.routers();
    for (int layer = first; layer < end && bytes.layers()[layer] <= left; layer++) {
      left -= bytes.layers()[layer];
      blocks.add(layer);
    }
    if (blocks.size() < recursion.blockLength()) {
      return new Fit(blocks, false);
    }
    long coda = bytes.head() + bytes.ofLayers(end, bytes.layers().length);
    boolean hasHead = coda <= left;
    if (hasHead) {
      left -= coda;
      addLayers(blocks, end, bytes.layers().length);
    }
    if (bytes.ofLayers(0, first) <= left) {
      addLayers(blocks, 0, first);
    }
    return new Fit(blocks, hasHead);
  }

  /** What was asked for, whether there is room or not. */
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
   * The next smaller one, in the reverse order of {@link #within}: without the prelude, without the
   * coda and the head, with half of the block's layers, and again, to nothing.
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

  /** Bytes that it takes for weights, keys and values; routers go with the first shared layers. */
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
