package dev.mor4j.model;

/** Which values of a head the rotary embedding rotates together; n values of it are rotated. */
public enum RopePairing {
  /** Pairs (i, i + n / 2), as in PyTorch checkpoints and files of the architecture {@code mor}. */
  SPLIT_HALVES,
  /**
   * Pairs (2i, 2i + 1), as in files of the architecture {@code llama}, which permute rows for it.
   */
  ADJACENT
}
