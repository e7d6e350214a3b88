package dev.mor4j.ggml;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;

/** Conditions that ggml's operations set for their operands. */
final class Operands {
  private Operands() {}

  /** Whether all tensors are F32. */
  static boolean isF32(Tensor... tensors) {
    for (Tensor tensor : tensors) {
      if (tensor.type() != TensorType.F32) {
        return false;
      }
    }
    return true;
  }

  /** Whether the tensor holds row numbers. */
  static boolean isIndex(Tensor rows) {
    return rows.type() == TensorType.I32 || rows.type() == TensorType.I64;
  }

  /** Whether ggml can repeat the small tensor along the dimensions of the large one. */
  static boolean repeats(Tensor small, Tensor large) {
    Shape from = small.shape();
    Shape to = large.shape();
    return to.size0() % from.size0() == 0
        && to.size1() % from.size1() == 0
        && to.size2() % from.size2() == 0
        && to.size3() % from.size3() == 0;
  }

  /** Whether the tensor has no gaps and at most two dimensions. */
  static boolean isContiguousMatrix(Tensor tensor) {
    return tensor.isContiguous() && tensor.shape().dimensionCount() <= 2;
  }

  /** Whether ggml can copy values from one type to the other. */
  static boolean canCast(TensorType from, TensorType to) {
    return from == to
        || (TypeSupport.isFloat(from) && TypeSupport.isFloat(to))
        || (TypeSupport.isReadable(from) && to == TensorType.F32)
        || (from == TensorType.I32 && to == TensorType.F32)
        || (from == TensorType.F32 && to == TensorType.I32);
  }

  /** Whether a shape has that many values. */
  static boolean hasValues(Shape shape, long count) {
    try {
      return shape.valueCount() == count;
    } catch (ArithmeticException overflow) {
      return false;
    }
  }
}
