package dev.mor4j.model;

/**
 * How layers are reused.
 *
 * @param count recursion steps Nr; 1 where nothing is reused
 * @param blockLength layers b of the shared block
 * @param sharing the order of steps and layers
 */
public record RecursionConfig(int count, int blockLength, SharingPattern sharing) {

  public RecursionConfig {
    Checks.range(MetadataKeys.RECURSION_COUNT, count, 1, 64);
    Checks.range(MetadataKeys.RECURSION_BLOCK_LENGTH, blockLength, 1, 4096);
    Checks.that(
        sharing != SharingPattern.NONE || count == 1,
        MetadataKeys.RECURSION_COUNT,
        "1 where nothing is shared",
        count);
  }

  /** Layers that a file stores: the block, and the two ends where they are not shared. */
  public int storedBlockCount() {
    return blockLength + (sharing.hasUnsharedEnds() ? 2 : 0);
  }
}
