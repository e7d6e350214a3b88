package dev.mor4j.sampling;

import static dev.mor4j.sampling.SamplingRulesTest.logs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.BitSet;
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
  void changesTokensBeforeAndAfterOrdering() {
    TokenNumbers numbers = new TokenNumbers();
    numbers.put(2, 10);
    numbers.put(9, 10);
    Candidates candidates = loaded(1, 5, 3);

    candidates.change(numbers, (logit, number) -> logit + number);
    candidates.order(2);
    candidates.truncate(2);
    candidates.change(numbers, (logit, number) -> logit + number);

    assertThat(ids(candidates)).containsExactly(2, 1);
    assertThat(candidates.logit(0)).isEqualTo(23);
    assertThat(candidates.logit(1)).isEqualTo(5);
  }

  @Test
  void keepsChosenOnesInTheirOrder() {
    Candidates candidates = loaded(1, 5, 3, 4);
    candidates.order(4);
    BitSet chosen = new BitSet();
    chosen.set(1);
    chosen.set(3);

    candidates.keep(chosen);

    assertThat(ids(candidates)).containsExactly(3, 0);
    assertThat(candidates.maxLogit()).isEqualTo(4);
  }

  @Test
  void ordersAnewWhatIsLeftOfAnOrderedFront() {
    Candidates candidates = loaded(1, 5, 2, 3, 4, 0);
    candidates.order(2);
    BitSet chosen = new BitSet();
    chosen.set(1, 6);

    candidates.keep(chosen);
    candidates.order(2);

    assertThat(ids(candidates).subList(0, 2)).containsExactly(4, 3);
  }

  @Test
  void keepsTheLikeliestWithTheLowestId() {
    Candidates candidates = loaded(1, 5, 3, 5);

    candidates.keepLikeliest();

    assertThat(ids(candidates)).containsExactly(1);
    assertThat(candidates.maxLogit()).isEqualTo(5);
  }

  @Test
  void takesTheLogitsFromWhereTheyStand() {
    Candidates candidates = new Candidates();

    candidates.load(new float[] {Float.NaN, 7, 8, Float.NaN}, 1, 2);

    assertThat(ids(candidates)).containsExactly(0, 1);
    assertThat(candidates.logit(0)).isEqualTo(7);
    assertThatThrownBy(() -> candidates.load(new float[3], 2, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void entropyIsThatOfTheSoftmax() {
    Candidates candidates = loaded(logs(0.25, 0.75, 0));

    double entropy =
        candidates.entropy(candidates.maxLogit(), candidates.weightSum(candidates.maxLogit()));

    // -(0.25 ln 0.25 + 0.75 ln 0.75)
    assertThat(entropy).isCloseTo(0.5623351446, within(1e-6));
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
        .withMessage("logits are not finite: %s for token id 1", broken);
  }

  @Test
  void refusesLogitsThatLeaveNoToken() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> loaded(Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY))
        .withMessage("logits are not finite: all 2 are -Infinity");
    assertThatIllegalArgumentException().isThrownBy(CandidatesTest::loaded);
  }

  static Candidates loaded(float... logits) {
    Candidates candidates = new Candidates();
    candidates.load(logits, 0, logits.length);
    return candidates;
  }

  static List<Integer> ids(Candidates candidates) {
    return IntStream.range(0, candidates.size()).map(candidates::id).boxed().toList();
  }
}
