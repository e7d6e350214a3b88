package dev.mor4j.graph;

import dev.mor4j.model.MorConfig;
import dev.mor4j.model.SharingPattern;

/**
 * The stage of the layer whose output only the head reads. In this layer, rows whose outputs are
 * not wanted need only store keys and values.
 */
public enum LastLayer {
  /** In the coda. */
  CODA,
  /** At the end of the shared block, in models that share no layers and run it once. */
  SHARED_BLOCK,
  /** Not known, or not used: all rows run all layers. */
  UNKNOWN;

  /**
   * The stage in a model.
   *
   * @param isObserved whether an observer needs all rows
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

  /** Whether a graph of that shape leaves rows out of the last layer. */
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
