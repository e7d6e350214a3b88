package dev.mor4j.quantize;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import dev.mor4j.gguf.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Encodes 32-bit floats as the values of a GGUF tensor, bit for bit as ggml's reference does. */
sealed interface RowEncoder {
  ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);

  /**
   * Encodes the first values of an array.
   *
   * @param count a multiple of the type's block size
   * @param into receives the encoded values from its start
   * @throws ArithmeticException if a finite value does not fit the type; the message says which
   */
  void encode(float[] values, int count, MemorySegment into);

  /** The encoder for a type that a conversion writes. */
  static RowEncoder of(TensorType type) {
    return switch (type) {
      case F32 -> new Float32();
      case F16 -> new Float16();
      case BF16 -> new BrainFloat16();
      case Q8_0 -> new Quantized8();
      default -> throw new IllegalArgumentException("no conversion writes " + type);
    };
  }

  private static void requireFits(float value, boolean overflows, String type) {
    if (overflows && Float.isFinite(value)) {
      throw new ArithmeticException("the value " + value + " is too large for " + type);
    }
  }

  /** As it is. */
  record Float32() implements RowEncoder {
    @Override
    public void encode(float[] values, int count, MemorySegment into) {
      MemorySegment.copy(values, 0, into, FLOAT, 0, count);
    }
  }

  /** IEEE half precision, rounded to nearest even. */
  record Float16() implements RowEncoder {
    private static final int INFINITY = 0x7c00;

    @Override
    public void encode(float[] values, int count, MemorySegment into) {
      for (int i = 0; i < count; i++) {
        short half = Float.floatToFloat16(values[i]);
        requireFits(values[i], (half & 0x7fff) == INFINITY, "f16: use bf16 or f32");
        into.set(SHORT, 2L * i, half);
      }
    }
  }

  /** The upper half of a 32-bit float, rounded to nearest even. */
  record BrainFloat16() implements RowEncoder {
    private static final int INFINITY = 0x7f80;

    @Override
    public void encode(float[] values, int count, MemorySegment into) {
      for (int i = 0; i < count; i++) {
        int bits = Float.floatToRawIntBits(values[i]);
        short half =
            Float.isNaN(values[i])
                ? (short) ((bits >>> 16) | 64) // ggml keeps the payload and makes it quiet
                : (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
        requireFits(values[i], (half & 0x7fff) == INFINITY, "bf16: use f32");
        into.set(SHORT, 2L * i, half);
      }
    }
  }

  /**
   * Blocks of 32 signed bytes with one half-precision scale.
   *
   * <p>Source: {@code quantize_row_q8_0_ref} in ggml-quants.c.
   */
  record Quantized8() implements RowEncoder {
    private static final int BLOCK = TensorType.Q8_0.blockSize();
    private static final int BLOCK_BYTES = TensorType.Q8_0.blockBytes();

    @Override
    public void encode(float[] values, int count, MemorySegment into) {
      for (int block = 0; block < count / BLOCK; block++) {
        encodeBlock(values, block * BLOCK, into, (long) block * BLOCK_BYTES);
      }
    }

    private static void encodeBlock(float[] values, int first, MemorySegment into, long at) {
      float largest = 0;
      for (int i = first; i < first + BLOCK; i++) {
        if (!Float.isFinite(values[i])) {
          throw new ArithmeticException("the value " + values[i] + " cannot be quantized");
        }
        largest = Math.max(largest, Math.abs(values[i]));
      }
      float scale = largest / 127;
      short half = Float.floatToFloat16(scale);
      requireFits(scale, half == Float16.INFINITY, "the scale of q8_0: use bf16 or f32");
      into.set(SHORT, at, half);
      // A scale so small that its inverse overflows is stored as 0, whatever the bytes are.
      float inverse = scale == 0 || Float.isInfinite(1 / scale) ? 0 : 1 / scale;
      for (int i = 0; i < BLOCK; i++) {
        into.set(
            ValueLayout.JAVA_BYTE, at + 2 + i, (byte) roundHalfAway(values[first + i] * inverse));
      }
    }

    // Math.round rounds halves up; C's roundf rounds them away from zero.
    private static int roundHalfAway(float value) {
      int magnitude = (int) Math.floor(Math.abs((double) value) + 0.5);
      return value < 0 ? -magnitude : magnitude;
    }
  }
}
