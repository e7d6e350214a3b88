package dev.mor4j.ggml;

/**
 * How a rotary position embedding turns a head's values.
 *
 * @param dimensions leading values of each head that are turned, even; n below
 * @param freqBase pair i turns by position * freqBase^(-2i / n)
 * @param pairing which two values turn together
 */
public record Rotation(int dimensions, float freqBase, Pairing pairing) {

  /** Which two values turn together. */
  public enum Pairing {
    /** (i, i + n / 2): {@code GGML_ROPE_TYPE_NEOX}. */
    SPLIT_HALVES(2),
    /** (2i, 2i + 1): {@code GGML_ROPE_TYPE_NORMAL}. */
    ADJACENT(0);

    private final int mode;

    Pairing(int mode) {
      this.mode = mode;
    }

    /** The number that ggml knows it by. */
    int mode() {
      return mode;
    }
  }
}
