package dev.mor4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class TensorTypeTest {
  @ParameterizedTest
  @EnumSource(TensorType.class)
  void isFoundByItsNumberAndHasConsistentSizes(TensorType type) {
    assertThat(TensorType.byId(type.id())).contains(type);
    assertThat(type.isQuantized()).isEqualTo(type.blockSize() > 1);
    assertThat(type.rowBytes(0)).isZero();
    assertThat(type.rowBytes(type.blockSize())).isEqualTo(type.blockBytes());
    assertThat(type.rowBytes(10L * type.blockSize())).isEqualTo(10L * type.blockBytes());
    // 1 to 10 bits a value for quantized types: a wrong row of the table would stand out.
    double bits = 8.0 * type.blockBytes() / type.blockSize();
    assertThat(bits).isBetween(1.0, type.isQuantized() ? 10.0 : 64.0);
  }

  @Test
  void namesTellTheBitsOfTheirValues() {
    for (TensorType type : TensorType.values()) {
      if (type.name().matches("I?Q\\d.*")) {
        int named = type.name().charAt(type.name().indexOf('Q') + 1) - '0';
        double bits = 8.0 * type.blockBytes() / type.blockSize();

        // Scales add at most one bit and a half; an IQ's number is rounded.
        assertThat(bits).as(type.name()).isBetween(named - 0.0, named + 1.5);
      }
    }
  }

  @Test
  void retiredAndUnknownNumbersHaveNoType() {
    for (int id : new int[] {-1, 4, 5, 31, 32, 33, 36, 37, 38, 43, Integer.MAX_VALUE}) {
      assertThat(TensorType.byId(id)).as("number %d", id).isEmpty();
    }
  }

  @Test
  void refusesRowsThatCutABlockAndSizesThatOverflow() {
    assertThatThrownBy(() -> TensorType.Q4_K.rowBytes(255))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("multiple of 256 values, found 255");
    assertThatThrownBy(() -> TensorType.F64.rowBytes(1L << 62))
        .isInstanceOf(ArithmeticException.class);
  }
}
