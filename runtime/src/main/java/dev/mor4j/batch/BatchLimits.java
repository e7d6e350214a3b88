package dev.mor4j.batch;

import dev.mor4j.model.InvalidConfigException;

/**
 * Limits on what runs at the same time.
 *
 * @param sequences maximum number of running sequences; further ones wait
 * @param prefillRows maximum number of prompt rows in a batch
 * @param prefillRowsBesideDecoding maximum number of prompt rows in a batch while other sequences
 *     decode, so that long prompts do not stall them; at most {@code prefillRows}
 */
public record BatchLimits(int sequences, int prefillRows, int prefillRowsBesideDecoding) {
  public BatchLimits {
    require("parallel sequences", sequences);
    require("batch size", prefillRows);
    require("batch size while decoding", prefillRowsBesideDecoding);
    if (prefillRowsBesideDecoding > prefillRows) {
      throw new InvalidConfigException(
          "batch size while decoding",
          "at most the batch size, " + prefillRows,
          String.valueOf(prefillRowsBesideDecoding));
    }
  }

  private static void require(String name, int value) {
    if (value < 1) {
      throw new InvalidConfigException(name, "1 or more", String.valueOf(value));
    }
  }

  /** Most rows of a batch: those of prompts, and one of each sequence that decodes. */
  public int maxRowCount() {
    return prefillRows + sequences;
  }
}
