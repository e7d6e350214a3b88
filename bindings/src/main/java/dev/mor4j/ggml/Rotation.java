package dev.mor4j.ggml;

/**
 * Parameters of a rotary position embedding.
 *
 * @param dimensions number of leading values of each head that are rotated, even; n below
 * @param freqBase pair i is rotated by position * freqBase^(-2i / n)
 * @param pairing which two values form a pair
 */
public record Rotation(int dimensions, float freqBase, Pairing pairing) {

  /** Which two values form a pair. */
  public enum Pairing {
    /** (i, i + n / 2): {@code GGML_ROPE_TYPE_NEOX}. */
    SPLIT_HALVES(2),
    /** (2i, 2i + 1): {@code GGML_ROPE_TYPE_NORMAL}. */
    ADJACENT(0);

    private final int mode;

    Pairing(int mode) {
      this.mode = mode;
    }

    /** ggml's number for it, which {@link NativeAbi} checks. */
    int mode() {
      return mode;
    }
  }
}
