package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogSumExpTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 255, 256, 257, 1000, 49_152})
  void equalsTheSumInDoubles(int count) {
    float[] values = new float[count + 5];
    SplittableRandom random = new SplittableRandom(count);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextDouble(-60, 40);
    }
    double exact =
        Math.log(IntStream.range(3, 3 + count).mapToDouble(i -> Math.exp(values[i])).sum());

    double sum = LogSumExp.of(values, 3, count);

    assertThat(sum).isCloseTo(exact, within(2e-6));
  }

  @Test
  void doesNotOverflow() {
    assertThat(LogSumExp.of(new float[] {3e38f, 3e38f, -3e38f}, 0, 3)).isEqualTo(3e38f);
  }

  @Test
  void skipsImpossibleValues() {
    float none = Float.NEGATIVE_INFINITY;

    assertThat(LogSumExp.of(new float[] {none, 1.5f, none}, 0, 3)).isEqualTo(1.5);
    assertThat(LogSumExp.of(new float[] {none, none}, 0, 2)).isEqualTo(none);
    assertThat(LogSumExp.of(new float[] {1, 2}, 1, 0)).isEqualTo(none);
  }

  @Test
  void refusesARangeOutsideTheArray() {
    assertThatThrownBy(() -> LogSumExp.of(new float[4], 2, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }
}
