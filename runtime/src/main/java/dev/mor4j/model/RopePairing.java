package dev.mor4j.model;

/** Which values of a head the rotary embedding turns together, n of them being rotated. */
public enum RopePairing {
  /** (i, i + n / 2), the order of PyTorch checkpoints: files of the architecture {@code mor}. */
  SPLIT_HALVES,
  /** (2i, 2i + 1): files of the architecture {@code llama}, whose rows are stored in this order. */
  ADJACENT
}
