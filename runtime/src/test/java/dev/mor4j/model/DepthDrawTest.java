package dev.mor4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DepthDrawTest {
  private static final int POSITIONS = 30_000;
  private static final List<Double> SHARES = List.of(0.9, 0.6, 0.2);

  private static int[] depths(long seed) {
    DepthDraw draw = new DepthDraw(SHARES, seed);
    return IntStream.range(0, POSITIONS).map(draw::depth).toArray();
  }

  @Test
  void givesEachStepItsShareOfTheTokens() {
    int[] depths = depths(7);

    for (int step = 0; step < SHARES.size(); step++) {
      int taken = step;
      double share =
          IntStream.of(depths).filter(depth -> depth > taken).count() / (double) POSITIONS;
      // five standard deviations of a share of so many draws
      assertThat(share).as("step %d", step).isCloseTo(SHARES.get(step), within(0.015));
    }
  }

  @Test
  void drawsBySeedAndPositionAlone() {
    int[] depths = depths(1);
    int[] others = depths(2);

    long equal = IntStream.range(0, POSITIONS).filter(i -> depths[i] == others[i]).count();
    long repeated = IntStream.range(1, POSITIONS).filter(i -> depths[i] == depths[i - 1]).count();
    assertThat(depths(1)).isEqualTo(depths);
    // 0.1, 0.3, 0.4 and 0.2 of the tokens have depths 0 to 3: by chance 0.3 of the pairs are alike
    assertThat(equal / (double) POSITIONS).isCloseTo(0.3, within(0.015));
    assertThat(repeated / (double) POSITIONS).isCloseTo(0.3, within(0.015));
  }

  @Test
  void takesWholeSharesExactly() {
    DepthDraw draw = new DepthDraw(List.of(1.0, 1.0, 0.0), 3);

    assertThat(IntStream.range(0, POSITIONS).map(draw::depth)).containsOnly(2);
  }

  @Test
  void refusesSharesThatGrowOrExceedAll() {
    String expected = "share of drawn depths: expected 0..1, never increasing, found ";
    assertThatThrownBy(() -> new DepthDraw(List.of(0.5, 0.6), 0)).hasMessage(expected + "0.6");
    assertThatThrownBy(() -> new DepthDraw(List.of(1.5), 0)).hasMessage(expected + "1.5");
    assertThatThrownBy(() -> new DepthDraw(List.of(-0.5), 0)).hasMessage(expected + "-0.5");
    assertThatThrownBy(() -> new DepthDraw(List.of(Double.NaN), 0)).hasMessage(expected + "NaN");
  }
}
