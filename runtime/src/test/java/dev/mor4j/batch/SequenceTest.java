package dev.mor4j.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.model.RoutingMode;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SequenceTest {
  private static final RoutingMode FIXED = RoutingMode.parse("fixed:2");

  private static Sequence writing(int... tokens) {
    return sequence(tokens, RoutingMode.TRAINED, Sequence.Entry.LAST);
  }

  private static Sequence sequence(int[] tokens, RoutingMode mode, int firstOutput) {
    return new Sequence(tokens, mode, new Sequence.Entry(4, false, firstOutput));
  }

  private static Sequence whole(int... tokens) {
    Sequence.Entry entry = new Sequence.Entry(tokens.length, true, 0);
    return new Sequence(tokens, RoutingMode.TRAINED, entry);
  }

  /** Takes tokens through all stages. */
  private static Chunk pass(Sequence sequence, int count) {
    Chunk chunk = sequence.enter(count);
    sequence.pass(chunk);
    return chunk;
  }

  private static List<Integer> tokens(Chunk chunk) {
    return IntStream.range(0, chunk.rowCount()).mapToObj(chunk::token).toList();
  }

  private static List<Integer> outputs(Chunk chunk) {
    List<Integer> rows = IntStream.range(chunk.firstOutput(), chunk.rowCount()).boxed().toList();
    assertThat(rows).hasSize(chunk.outputCount());
    return rows;
  }

  @Test
  void tokensEnterOneAfterAnother() {
    Sequence sequence = writing(7, 8, 9);

    Chunk first = sequence.enter(2);
    Chunk second = sequence.enter(1);

    assertThat(tokens(first)).containsExactly(7, 8);
    assertThat(tokens(second)).containsExactly(9);
    assertThat(second.firstPosition()).isEqualTo(2);
    assertThat(sequence.ready()).isZero();
  }

  @Test
  void asManyEnterAsThereIsRoomUpToItsOwnLimit() {
    Sequence sequence = writing(1, 2, 3, 4, 5, 6);

    assertThat(sequence.enters(9)).isEqualTo(4);
    assertThat(sequence.enters(3)).isEqualTo(3);
    assertThat(sequence.enters(0)).isZero();
    assertThat(sequence.leastEntry()).isEqualTo(1);
  }

  @Test
  void aWholePromptEntersWholeOrNotAtAll() {
    Sequence sequence = whole(1, 2, 3);

    assertThat(sequence.leastEntry()).isEqualTo(3);
    assertThat(sequence.enters(2)).isZero();
    assertThat(sequence.enters(3)).isEqualTo(3);
  }

  @Test
  void decodesWhenOnlyItsNewestTokenIsLeft() {
    Sequence sequence = writing(1, 2);
    assertThat(sequence.isDecoding()).isFalse();

    Chunk prompt = sequence.enter(2);
    assertThat(sequence.isDecoding()).isFalse();
    sequence.add(3);

    assertThat(sequence.isDecoding()).isTrue();
    assertThat(prompt.isDecoding()).isFalse();
    assertThat(sequence.enter(1).isDecoding()).isTrue();
  }

  @Test
  void aSingleTokenIsAPromptFirst() {
    assertThat(writing(1).isDecoding()).isFalse();
  }

  @Test
  void writingWantsTheNumbersOfItsNewestTokenAlone() {
    Sequence sequence = writing(1, 2, 3);

    assertThat(outputs(pass(sequence, 2))).isEmpty();
    assertThat(outputs(pass(sequence, 1))).containsExactly(0);
    sequence.add(4);
    assertThat(outputs(pass(sequence, 1))).containsExactly(0);
  }

  @Test
  void scoringWantsTheNumbersFromAPositionOn() {
    Sequence sequence = sequence(new int[] {1, 2, 3, 4, 5}, RoutingMode.TRAINED, 3);

    assertThat(outputs(pass(sequence, 2))).isEmpty();
    assertThat(outputs(pass(sequence, 3))).containsExactly(1, 2);
  }

  @Test
  void numbersThatWereDeliveredAreNotWantedAgainAfterLeaving() {
    Sequence sequence = sequence(new int[] {1, 2, 3, 4, 5}, RoutingMode.TRAINED, 0);
    Chunk delivered = pass(sequence, 2);
    sequence.enter(1);

    sequence.leave();
    Chunk again = sequence.enter(4);

    assertThat(outputs(delivered)).containsExactly(0, 1);
    assertThat(again.firstPosition()).isZero();
    assertThat(outputs(again)).containsExactly(2, 3);
    assertThat(outputs(sequence.enter(1))).containsExactly(0);
  }

  @Test
  void noRowIsWantedThatWasDeliveredBeforeLeaving() {
    Sequence sequence = writing(1, 2, 3, 4);
    pass(sequence, 4);
    sequence.add(5);

    sequence.leave();

    assertThat(outputs(pass(sequence, 3))).isEmpty();
    assertThat(sequence.delivered()).isEqualTo(4);
    Chunk last = pass(sequence, 2);
    assertThat(outputs(last)).containsExactly(1);
  }

  @Test
  void sharesWhatBothBeginWith() {
    Sequence other = writing(1, 2, 3, 4, 5);
    pass(other, 5);

    assertThat(writing(1, 2, 3, 9, 5).sharedPrefix(other)).isEqualTo(3);
    assertThat(writing(9, 2).sharedPrefix(other)).isZero();
    assertThat(writing(1, 2, 3, 4, 5, 6, 7).sharedPrefix(other)).isEqualTo(5);
  }

  @Test
  void sharesOnlyWhatWentThroughAllStages() {
    Sequence other = writing(1, 2, 3, 4, 5);
    pass(other, 2);
    other.enter(2);

    assertThat(writing(1, 2, 3, 4, 5).sharedPrefix(other)).isEqualTo(2);
    other.leave();
    assertThat(writing(1, 2, 3, 4, 5).sharedPrefix(other)).isZero();
  }

  @Test
  void sharesWhatTheOtherTookFromAThirdOne() {
    Sequence other = writing(1, 2, 3, 4, 5);
    other.skip(3, writing(1, 2, 3));

    assertThat(writing(1, 2, 3, 4, 5).sharedPrefix(other)).isEqualTo(3);
  }

  @Test
  void takesTheDepthsOverWithTheTokens() {
    Sequence first = writing(1, 2, 3, 4);
    Chunk chunk = first.enter(4);
    chunk.addDepth(0, 3);
    chunk.addDepth(2, 2);
    chunk.addDepth(3, 1);
    first.pass(chunk);
    Sequence second = writing(1, 2, 3, 9);
    second.skip(3, first);
    Sequence third = writing(1, 2, 8);
    third.skip(2, second);

    assertThat(List.of(first.depth(3), second.depth(2), third.depth(0))).containsExactly(1, 2, 3);
    assertThat(third.passed()).isEqualTo(2);
    assertThatThrownBy(() -> third.depth(2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void alwaysComputesTheNewestToken() {
    Sequence other = writing(1, 2, 3);
    pass(other, 3);

    assertThat(writing(1, 2, 3).sharedPrefix(other)).isEqualTo(2);
    assertThat(writing(1).sharedPrefix(other)).isZero();
  }

  @Test
  void computesAllWhoseNumbersAreWanted() {
    Sequence other = writing(1, 2, 3, 4);
    pass(other, 4);
    Sequence scoring = sequence(new int[] {1, 2, 3, 4}, RoutingMode.TRAINED, 1);

    assertThat(scoring.sharedPrefix(other)).isEqualTo(1);
  }

  @Test
  void sharesOnlyWithTheSameRouting() {
    Sequence other = sequence(new int[] {1, 2, 3}, FIXED, Sequence.Entry.LAST);
    pass(other, 3);

    assertThat(writing(1, 2, 3).sharedPrefix(other)).isZero();
    assertThat(sequence(new int[] {1, 2, 3}, FIXED, 2).sharedPrefix(other)).isEqualTo(2);
  }

  @Test
  void sharesNothingThatDependsOnLaterTokens() {
    Sequence causal = writing(1, 2, 3);
    pass(causal, 3);
    Sequence whole = whole(1, 2, 3);
    pass(whole, 3);

    assertThat(whole(1, 2, 3).sharedPrefix(causal)).isZero();
    assertThat(writing(1, 2, 3).sharedPrefix(whole)).isZero();
  }

  @Test
  void hasNoPlaceInTheCacheWhileItWaits() {
    Sequence sequence = writing(1);

    assertThat(sequence.isRunning()).isFalse();
    assertThatThrownBy(sequence::lease)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("waits");
  }

  @Test
  void copiesItsTokens() {
    int[] tokens = {1, 2};
    Sequence sequence = writing(tokens);

    tokens[0] = 9;

    assertThat(tokens(sequence.enter(2))).containsExactly(1, 2);
  }

  @Test
  void refusesToBeEmptyOrToNeverEnter() {
    assertThatThrownBy(() -> writing())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one");
    assertThatThrownBy(() -> new Sequence.Entry(0, false, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 or more");
  }
}
