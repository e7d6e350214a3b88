package dev.mor4j.sampling;

import static dev.mor4j.sampling.SamplingRulesTest.history;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;

class SequenceBreakersTest {

  private static final List<String> VOCABULARY = List.of("a", "b", "c", ".\n", "x\nb", "aab");

  @Test
  void tokenThatHoldsABreakerIsOne() {
    SequenceBreakers breakers = of("\n", "c");

    assertThat(breakers.isBreaker(2)).isTrue();
    assertThat(breakers.isBreaker(3)).isTrue();
    assertThat(breakers.isBreaker(4)).isTrue();
    assertThat(breakers.isBreaker(0)).isFalse();
    assertThat(breakers.lengthSinceLast(history(0, 3, 0, 1), 4)).isEqualTo(2);
  }

  @Test
  void tokenThatEndsWithTheBeginningOfABreakerNeedsTheRest() {
    SequenceBreakers breakers = of("bca");

    assertThat(breakers.isBreaker(1)).isFalse();
    assertThat(breakers.lengthSinceLast(history(0, 1, 2, 0, 5, 0), 6)).isEqualTo(2);
    assertThat(breakers.lengthSinceLast(history(0, 5, 2, 0, 1), 5)).isEqualTo(1);
    assertThat(breakers.lengthSinceLast(history(0, 1, 2, 1), 4)).isEqualTo(4);
  }

  @Test
  void everyOverlapOfATokenCounts() {
    SequenceBreakers breakers = of("aabc");

    assertThat(breakers.lengthSinceLast(history(5, 2, 1), 3)).isEqualTo(1); // "aab" + "c"
    assertThat(breakers.lengthSinceLast(history(0, 0, 1, 2), 4)).isZero(); // "a" + "abc"
  }

  @Test
  void overlapMayLieAnywhereInTheBreakersBeginning() {
    SequenceBreakers breakers = of("bb");

    assertThat(breakers.lengthSinceLast(history(5, 1, 0), 3)).isEqualTo(1); // "aab" + "b"
    assertThat(breakers.lengthSinceLast(history(4, 1, 0), 3)).isEqualTo(1); // "x\nb" + "b"
  }

  @Test
  void looksNoFurtherBackThanTheWindow() {
    assertThat(of("c").lengthSinceLast(history(2, 0, 0), 2)).isEqualTo(2);
    assertThat(SequenceBreakers.NONE.lengthSinceLast(history(2, 0, 0), 3)).isEqualTo(3);
  }

  @Test
  void refusesABreakerWithoutTokens() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SequenceBreakers.ofTokens(List.of(new int[0])))
        .withMessage("sequence breaker: expected tokens, found none");
  }

  /** Texts are encoded character by character: each of a, b and c is a token. */
  private static SequenceBreakers of(String... texts) {
    return SequenceBreakers.ofTexts(
        List.of(texts),
        VOCABULARY.size(),
        VOCABULARY::get,
        text -> text.chars().map(c -> VOCABULARY.indexOf(Character.toString(c))).toArray());
  }
}
