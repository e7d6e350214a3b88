package dev.mor4j.ggml;

import dev.mor4j.gguf.TensorType;
import java.util.EnumSet;
import java.util.Set;

/** The types that ggml's operations support; a call with any other type ends the process. */
final class TypeSupport {
  /** ggml encodes activations to these types within a product and has no decoder for them. */
  private static final Set<TensorType> INTERNAL = EnumSet.of(TensorType.Q8_1, TensorType.Q8_K);

  /** Encoding these types searches a grid, which graphs cannot do ({@code from_float} is NULL). */
  private static final Set<TensorType> SEARCHED =
      EnumSet.of(
          TensorType.IQ1_S,
          TensorType.IQ1_M,
          TensorType.IQ2_XXS,
          TensorType.IQ2_XS,
          TensorType.IQ2_S,
          TensorType.IQ3_XXS,
          TensorType.IQ3_S);

  private TypeSupport() {}

  /** F32, F16 or BF16. */
  static boolean isFloat(TensorType type) {
    return type == TensorType.F32 || type == TensorType.F16 || type == TensorType.BF16;
  }

  /**
   * Whether operations can decode the type: weights of a product, rows of a table, keys, values.
   */
  static boolean isReadable(TensorType type) {
    return isFloat(type) || (type.isQuantized() && !INTERNAL.contains(type));
  }

  /** Whether a graph can write F32 values to a tensor of this type. */
  static boolean isWritableByGraphs(TensorType type) {
    return isReadable(type) && !SEARCHED.contains(type);
  }
}
