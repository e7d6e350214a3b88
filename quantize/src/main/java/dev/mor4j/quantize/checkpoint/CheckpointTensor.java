package dev.mor4j.quantize.checkpoint;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;

/**
 * One tensor of an open checkpoint. Its values stay in the mapped file until they are read.
 *
 * <p>Borrowed from a {@link CheckpointTensors}: must not be used after that is closed. Any thread
 * may read.
 */
public final class CheckpointTensor {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(LITTLE_ENDIAN);

  private static final int COMPARED_VALUES = 1 << 20;

  private final Path file;
  private final String name;
  private final ElementType type;
  private final TensorExtent extent;
  private final MemorySegment storage;

  /**
   * @param storage starts at the tensor's first value and contains all values of {@code extent}
   */
  CheckpointTensor(
      Path file, String name, ElementType type, TensorExtent extent, MemorySegment storage) {
    this.file = file;
    this.name = name;
    this.type = type;
    this.extent = extent;
    this.storage = storage;
  }

  /** The file that holds the values. */
  public Path file() {
    return file;
  }

  /** The name under which the checkpoint lists this tensor. */
  public String name() {
    return name;
  }

  public ElementType type() {
    return type;
  }

  /** Sizes in PyTorch order, slowest first; empty for a single value. */
  public List<Long> shape() {
    return extent.shape();
  }

  public long valueCount() {
    return extent.valueCount();
  }

  /** Bytes that the values take, without gaps. */
  public long byteSize() {
    return extent.valueCount() * type.bytes();
  }

  /**
   * Returns values in the type of the file, little-endian and in row order: a view of the mapped
   * file, or a copy if the tensor's values are not contiguous.
   *
   * @param first index of the first value
   * @param count number of values
   * @throws IndexOutOfBoundsException if the tensor has fewer
   */
  public MemorySegment bytes(long first, int count) {
    if (first < 0 || count < 0 || first > valueCount() - count) {
      throw new IndexOutOfBoundsException(
          "%s: values %s + %s of %s".formatted(name, first, count, valueCount()));
    }
    return extent.isContiguous()
        ? storage.asSlice(first * type.bytes(), (long) count * type.bytes())
        : gather(first, count);
  }

  private MemorySegment gather(long first, int count) {
    MemorySegment gathered = MemorySegment.ofArray(new byte[count * type.bytes()]);
    for (int i = 0; i < count; i++) {
      MemorySegment.copy(
          storage,
          extent.storageIndex(first + i) * type.bytes(),
          gathered,
          (long) i * type.bytes(),
          type.bytes());
    }
    return gathered;
  }

  /** Whether the other tensor has the same type, shape and values, bit for bit. */
  public boolean sameBytes(CheckpointTensor other) {
    if (type != other.type || !shape().equals(other.shape())) {
      return false;
    }
    if (storage.equals(other.storage) && extent.equals(other.extent)) {
      return true; // two names of one storage
    }
    for (long first = 0; first < valueCount(); first += COMPARED_VALUES) {
      int count = (int) Math.min(COMPARED_VALUES, valueCount() - first);
      if (bytes(first, count).mismatch(other.bytes(first, count)) >= 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Reads values as 32-bit floats: exact, or rounded to nearest if the file has 64-bit values.
   *
   * @param first index of the first value
   * @param into filled with little-endian floats
   * @throws IllegalStateException if the values are not floating-point numbers
   */
  public void floats(long first, MemorySegment into) {
    int count = Math.toIntExact(into.byteSize() / Float.BYTES);
    MemorySegment bytes = bytes(first, count);
    switch (type) {
      case F32 -> into.copyFrom(bytes);
      case F16 -> {
        for (long i = 0; i < count; i++) {
          into.set(FLOAT, 4 * i, Float.float16ToFloat(bytes.get(SHORT, 2 * i)));
        }
      }
      case BF16 -> {
        for (long i = 0; i < count; i++) {
          into.set(INT, 4 * i, bytes.get(SHORT, 2 * i) << 16);
        }
      }
      case F64 -> {
        for (long i = 0; i < count; i++) {
          into.set(FLOAT, 4 * i, (float) bytes.get(DOUBLE, 8 * i));
        }
      }
      case I64, I32, I16, I8, U8, BOOL ->
          throw new IllegalStateException(name + ": expected floating-point values, found " + type);
    }
  }

  /** All values of an I64 or I32 tensor. */
  public long[] longs() {
    MemorySegment bytes = bytes(0, Math.toIntExact(valueCount()));
    long[] values = new long[Math.toIntExact(valueCount())];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          switch (type) {
            case I64 -> bytes.get(LONG, 8L * i);
            case I32 -> bytes.get(INT, 4L * i);
            case F64, F32, F16, BF16, I16, I8, U8, BOOL ->
                throw new IllegalStateException(name + ": expected I64 or I32, found " + type);
          };
    }
    return values;
  }

  /** All values of a floating-point tensor. */
  public float[] floats() {
    MemorySegment values = MemorySegment.ofArray(new byte[4 * Math.toIntExact(valueCount())]);
    floats(0, values);
    return values.toArray(FLOAT);
  }

  @Override
  public String toString() {
    return name + " " + type + " " + shape();
  }
}
