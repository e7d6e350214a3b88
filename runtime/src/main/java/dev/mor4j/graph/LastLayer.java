package dev.mor4j.graph;

import dev.mor4j.model.MorConfig;
import dev.mor4j.model.SharingPattern;

/**
 * Where the layer is whose output only the head reads: rows whose logits nobody wants need no more
 * of it than keys and values.
 */
public enum LastLayer {
  /** In the coda. */
  CODA,
  /** At the end of the shared block, which runs once: models that share nothing. */
  SHARED_BLOCK,
  /** Wherever it is, all rows run it. */
  UNKNOWN;

  /**
   * Where a model has it.
   *
   * @param isObserved whether somebody wants to see all rows
   */
  public static LastLayer of(MorConfig config, boolean isObserved) {
    if (isObserved) {
      return UNKNOWN;
    }
    if (config.recursion().sharing().hasUnsharedEnds()) {
      return CODA;
    }
    return config.recursion().sharing() == SharingPattern.NONE ? SHARED_BLOCK : UNKNOWN;
  }

  /** Whether a graph leaves rows out of it. */
  boolean narrows(GraphShape shape) {
    boolean isIn =
        switch (shape.stage()) {
          case Stage.Prelude() -> false;
          case Stage.SharedBlock _ -> this == SHARED_BLOCK;
          case Stage.Coda() -> this == CODA;
        };
    return isIn && shape.outputs() < shape.rows();
  }
}
