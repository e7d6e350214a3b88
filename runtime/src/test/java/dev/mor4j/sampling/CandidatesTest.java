package dev.mor4j.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CandidatesTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 40, 499, 500, 501})
  void ordersTheFirstByLogitThenIdAndLosesNone(int count) {
    float[] logits = new float[500];
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < logits.length; i++) {
      logits[i] = random.nextInt(60); // many ties
    }
    Candidates candidates = loaded(logits);

    candidates.order(count);

    List<Integer> sorted =
        IntStream.range(0, logits.length)
            .boxed()
            .sorted(Comparator.comparingDouble((Integer id) -> -logits[id]).thenComparing(id -> id))
            .toList();
    int front = Math.min(count, logits.length);
    assertThat(ids(candidates).subList(0, front)).isEqualTo(sorted.subList(0, front));
    assertThat(ids(candidates)).containsExactlyInAnyOrderElementsOf(sorted);
    assertThat(candidates.logit(0)).isEqualTo(logits[sorted.getFirst()]);
  }

  @Test
  void findsTokensBeforeAndAfterOrdering() {
    Candidates candidates = loaded(1, 5, 3);

    assertThat(candidates.indexOf(2)).isEqualTo(2);
    candidates.order(2);
    assertThat(candidates.indexOf(2)).isEqualTo(1);
    candidates.truncate(2);
    assertThat(candidates.indexOf(0)).isEqualTo(-1);
    assertThat(candidates.indexOf(9)).isEqualTo(-1);
  }

  @Test
  void forgetsItsOrderWhenALogitChanges() {
    Candidates candidates = loaded(1, 5, 3);
    candidates.order(3);

    candidates.setLogit(2, 9);

    assertThat(candidates.maxLogit()).isEqualTo(9);
    candidates.order(1);
    assertThat(candidates.id(0)).isEqualTo(0);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void refusesLogitsThatAreNotFinite(float broken) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loaded(0, broken))
        .withMessage("logits are not finite: %s at token 1", broken);
  }

  @Test
  void refusesLogitsThatLeaveNoToken() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loaded(Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY))
        .withMessage("logits are not finite: none of 2 is above -Infinity");
    assertThatIllegalArgumentException().isThrownBy(CandidatesTest::loaded);
  }

  static Candidates loaded(float... logits) {
    Candidates candidates = new Candidates();
    candidates.load(logits);
    return candidates;
  }

  static List<Integer> ids(Candidates candidates) {
    return IntStream.range(0, candidates.size()).map(candidates::id).boxed().toList();
  }
}
