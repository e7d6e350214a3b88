package dev.mor4j.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.gguf.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowEncoderTest {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static MemorySegment encode(TensorType type, float... values) {
    MemorySegment into = MemorySegment.ofArray(new byte[(int) type.rowBytes(values.length)]);
    RowEncoder.of(type).encode(values, values.length, into);
    return into;
  }

  @ParameterizedTest
  @CsvSource({
    // The value, and its bits in F16 and BF16; halfway cases go to the even neighbour.
    "1, 3c00, 3f80",
    "-2, c000, c000",
    "1.00048828125, 3c00, 3f80",
    "1.00146484375, 3c02, 3f80",
    "1.00390625, 3c04, 3f80",
    "1.01171875, 3c0c, 3f82",
    "65504, 7bff, 4780",
    "6e-8, 0001, 3381"
  })
  void roundsToTheNearestEven(float value, String half, String brain) {
    assertThat(encode(TensorType.F16, value).get(SHORT, 0))
        .isEqualTo((short) Integer.parseInt(half, 16));
    assertThat(encode(TensorType.BF16, value).get(SHORT, 0))
        .isEqualTo((short) Integer.parseInt(brain, 16));
  }

  @Test
  void refusesFiniteValuesThatWouldBecomeInfinite() {
    assertThatThrownBy(() -> encode(TensorType.F16, 65520f))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageContaining("65520");
    assertThatThrownBy(() -> encode(TensorType.BF16, Float.MAX_VALUE))
        .isInstanceOf(ArithmeticException.class);
    assertThat(encode(TensorType.F16, Float.POSITIVE_INFINITY).get(SHORT, 0))
        .isEqualTo((short) 0x7c00);
  }

  @Test
  void keepsNotANumber() {
    float quietest = Float.intBitsToFloat(0x7f800001);

    assertThat(encode(TensorType.BF16, quietest).get(SHORT, 0)).isEqualTo((short) 0x7fc0);
    assertThat(Float.float16ToFloat(encode(TensorType.F16, Float.NaN).get(SHORT, 0))).isNaN();
  }

  @Test
  void quantizesBlocksWithHalvesRoundedAwayFromZero() {
    float[] values = new float[64];
    values[0] = 127; // a scale of exactly 1
    values[1] = 2.5f;
    values[2] = -2.5f;
    values[3] = 0.49999997f; // rounds to 0, where adding a half in floats would give 1
    values[4] = -126.5f;

    MemorySegment encoded = encode(TensorType.Q8_0, values);

    assertThat(encoded.byteSize()).isEqualTo(68);
    assertThat(encoded.get(SHORT, 0)).isEqualTo((short) 0x3c00);
    assertThat(encoded.asSlice(2, 6).toArray(ValueLayout.JAVA_BYTE))
        .containsExactly(127, 3, -3, 0, -127, 0);
    assertThat(encoded.asSlice(34).toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
  }

  @Test
  void quantizesWithTheUnroundedScale() {
    float[] values = new float[32];
    values[0] = 0.1f;
    values[1] = -0.0372f;

    MemorySegment encoded = encode(TensorType.Q8_0, values);

    // d = 0.1 / 127 is 0x1.9p-11 or so; -0.0372 / d is -47.244.
    assertThat(encoded.get(SHORT, 0)).isEqualTo(Float.floatToFloat16(0.1f / 127));
    assertThat(encoded.get(ValueLayout.JAVA_BYTE, 3)).isEqualTo((byte) -47);
  }

  @Test
  void refusesToQuantizeWhatIsNotFinite() {
    float[] values = new float[32];
    values[31] = Float.NaN;

    assertThatThrownBy(() -> encode(TensorType.Q8_0, values))
        .isInstanceOf(ArithmeticException.class)
        .hasMessageContaining("NaN");
  }
}
