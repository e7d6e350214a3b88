package dev.mor4j.batch;

import dev.mor4j.model.InvalidConfigException;

/**
 * How much runs at a time.
 *
 * @param sequences most sequences that run; others wait
 * @param prefillRows most rows of prompts in a pass
 * @param prefillRowsBesideDecoding the same while other sequences decode, so that these do not
 *     stall; no more than {@code prefillRows}
 */
public record BatchLimits(int sequences, int prefillRows, int prefillRowsBesideDecoding) {
  public BatchLimits {
    require("parallel sequences", sequences);
    require("batch size", prefillRows);
    require("batch size beside decoding", prefillRowsBesideDecoding);
    if (prefillRowsBesideDecoding > prefillRows) {
      throw new InvalidConfigException(
          "batch size beside decoding",
          "at most the batch size, " + prefillRows,
          String.valueOf(prefillRowsBesideDecoding));
    }
  }

  private static void require(String name, int value) {
    if (value < 1) {
      throw new InvalidConfigException(name, "1 or more", String.valueOf(value));
    }
  }

  /** Most rows of a pass. */
  public int mostRows() {
    return prefillRows + sequences;
  }
}
