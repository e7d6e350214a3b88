package dev.mor4j.model;

/**
 * How layers are reused.
 *
 * @param count number of recursion steps, Nr in the paper; 1 if no layer is reused
 * @param blockLength number of layers of the shared block
 * @param sharing the order in which steps and layers run
 */
public record RecursionConfig(int count, int blockLength, SharingPattern sharing) {

  public RecursionConfig {
    Checks.range(MetadataKeys.RECURSION_COUNT, count, 1, 64);
    Checks.range(MetadataKeys.RECURSION_BLOCK_LENGTH, blockLength, 1, 4096);
    Checks.that(
        sharing != SharingPattern.NONE || count == 1,
        MetadataKeys.RECURSION_COUNT,
        "1 without a sharing pattern",
        count);
  }

  /** Number of stored layers: the shared block, and the first and last layer if unshared. */
  public int storedBlockCount() {
    return blockLength + (sharing.hasUnsharedEnds() ? 2 : 0);
  }
}
