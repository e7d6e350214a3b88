package dev.mor4j.quantize.checkpoint;

import java.util.ArrayList;
import java.util.List;

/**
 * The sizes of a tensor and its strides in a storage.
 *
 * @param shape sizes, slowest first
 * @param strides for each size the distance between neighbours, in values
 */
record TensorExtent(List<Long> shape, List<Long> strides) {
  private static final int MAX_DIMENSIONS = 8;

  /**
   * @throws IllegalArgumentException if the lists describe no tensor, or one with too many values
   */
  TensorExtent {
    shape = List.copyOf(shape);
    strides = List.copyOf(strides);
    if (shape.size() > MAX_DIMENSIONS || shape.size() != strides.size()) {
      throw new IllegalArgumentException(
          "expected up to %s sizes and as many strides, found shape %s, strides %s"
              .formatted(MAX_DIMENSIONS, shape, strides));
    }
    try {
      long values = 1;
      long reach = 0;
      for (int i = 0; i < shape.size(); i++) {
        long size = shape.get(i);
        if (size < 0 || strides.get(i) < 0) {
          throw new IllegalArgumentException(
              "expected sizes of 0 and more, found shape %s, strides %s".formatted(shape, strides));
        }
        values = Math.multiplyExact(values, size);
        reach = Math.addExact(reach, Math.multiplyExact(Math.max(0, size - 1), strides.get(i)));
      }
      // Room for the largest element type, so that byte sizes never overflow.
      Math.multiplyExact(values, Double.BYTES);
      Math.multiplyExact(Math.addExact(reach, 1), Double.BYTES);
    } catch (ArithmeticException tooLarge) {
      throw new IllegalArgumentException("shape " + shape + " has too many values", tooLarge);
    }
  }

  /** The extent of a tensor whose values are contiguous in row order. */
  static TensorExtent contiguous(List<Long> shape) {
    List<Long> strides = new ArrayList<>(shape);
    long stride = 1;
    for (int i = shape.size() - 1; i >= 0; i--) {
      strides.set(i, stride);
      try {
        stride = Math.multiplyExact(stride, Math.max(1, shape.get(i)));
      } catch (ArithmeticException tooLarge) {
        throw new IllegalArgumentException("shape " + shape + " has too many values", tooLarge);
      }
    }
    return new TensorExtent(shape, strides);
  }

  long valueCount() {
    long values = 1;
    for (long size : shape) {
      values *= size;
    }
    return values;
  }

  /** Number of storage values from the first value of the tensor through its last. */
  long span() {
    if (valueCount() == 0) {
      return 0;
    }
    long reach = 0;
    for (int i = 0; i < shape.size(); i++) {
      reach += (shape.get(i) - 1) * strides.get(i);
    }
    return reach + 1;
  }

  boolean isContiguous() {
    long expected = 1;
    for (int i = shape.size() - 1; i >= 0; i--) {
      if (shape.get(i) != 1 && strides.get(i) != expected) {
        return false;
      }
      expected *= shape.get(i);
    }
    return true;
  }

  /** Index in the storage of the value with the given index in row order. */
  long storageIndex(long index) {
    long rest = index;
    long place = 0;
    for (int i = shape.size() - 1; i >= 0; i--) {
      place += rest % shape.get(i) * strides.get(i);
      rest /= shape.get(i);
    }
    return place;
  }
}
