package dev.mor4j.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.kvcache.KvCapacity;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvRows;
import dev.mor4j.kvcache.KvSlots;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.TestConfigs;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SequenceTest {
  private static final RoutingMode FIXED = RoutingMode.parse("fixed:2");

  private static Sequence generating(int... tokens) {
    return sequence(tokens, RoutingMode.TRAINED, SequenceOptions.NEWEST);
  }

  private static Sequence sequence(int[] tokens, RoutingMode mode, int firstOutput) {
    return new Sequence(tokens, mode, new SequenceOptions(4, false, firstOutput));
  }

  private static Sequence singleChunk(int... tokens) {
    SequenceOptions options = new SequenceOptions(tokens.length, true, 0);
    return new Sequence(tokens, RoutingMode.TRAINED, options);
  }

  /** Completes the next tokens. */
  private static Chunk complete(Sequence sequence, int count) {
    Chunk chunk = sequence.nextChunk(count);
    sequence.complete(chunk);
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
  void chunksFollowOneAnother() {
    Sequence sequence = generating(7, 8, 9);

    Chunk first = sequence.nextChunk(2);
    Chunk second = sequence.nextChunk(1);

    assertThat(tokens(first)).containsExactly(7, 8);
    assertThat(tokens(second)).containsExactly(9);
    assertThat(second.firstPosition()).isEqualTo(2);
    assertThat(sequence.pendingCount()).isZero();
  }

  @Test
  void aChunkIsLimitedByRoomAndByTheSequence() {
    Sequence sequence = generating(1, 2, 3, 4, 5, 6);

    assertThat(sequence.nextChunkSize(9)).isEqualTo(4);
    assertThat(sequence.nextChunkSize(3)).isEqualTo(3);
    assertThat(sequence.nextChunkSize(0)).isZero();
    assertThat(sequence.minChunkSize()).isEqualTo(1);
  }

  @Test
  void aSingleChunkPromptEntersTogetherOrNotAtAll() {
    Sequence sequence = singleChunk(1, 2, 3);

    assertThat(sequence.minChunkSize()).isEqualTo(3);
    assertThat(sequence.nextChunkSize(2)).isZero();
    assertThat(sequence.nextChunkSize(3)).isEqualTo(3);
  }

  @Test
  void decodesWhenOnlyTheNewestTokenIsPending() {
    Sequence sequence = generating(1, 2);
    assertThat(sequence.isDecoding()).isFalse();

    Chunk prompt = sequence.nextChunk(2);
    assertThat(sequence.isDecoding()).isFalse();
    sequence.add(3);

    assertThat(sequence.isDecoding()).isTrue();
    assertThat(prompt.isDecoding()).isFalse();
    assertThat(sequence.nextChunk(1).isDecoding()).isTrue();
  }

  @Test
  void aSingleTokenIsAPrompt() {
    assertThat(generating(1).isDecoding()).isFalse();
  }

  @Test
  void generatingWantsTheOutputOfTheNewestTokenOnly() {
    Sequence sequence = generating(1, 2, 3);

    assertThat(outputs(complete(sequence, 2))).isEmpty();
    assertThat(outputs(complete(sequence, 1))).containsExactly(0);
    sequence.add(4);
    assertThat(outputs(complete(sequence, 1))).containsExactly(0);
  }

  @Test
  void scoringWantsTheOutputsFromAPositionOn() {
    Sequence sequence = sequence(new int[] {1, 2, 3, 4, 5}, RoutingMode.TRAINED, 3);

    assertThat(outputs(complete(sequence, 2))).isEmpty();
    assertThat(outputs(complete(sequence, 3))).containsExactly(1, 2);
  }

  @Test
  void deliveredOutputsAreNotWantedAgainAfterAnEviction() {
    Sequence sequence = sequence(new int[] {1, 2, 3, 4, 5}, RoutingMode.TRAINED, 0);
    Chunk delivered = complete(sequence, 2);
    sequence.nextChunk(1);

    sequence.evict();
    Chunk again = sequence.nextChunk(4);

    assertThat(outputs(delivered)).containsExactly(0, 1);
    assertThat(again.firstPosition()).isZero();
    assertThat(outputs(again)).containsExactly(2, 3);
    assertThat(outputs(sequence.nextChunk(1))).containsExactly(0);
  }

  @Test
  void generatingWantsNoDeliveredOutputAfterAnEviction() {
    Sequence sequence = generating(1, 2, 3, 4);
    complete(sequence, 4);
    sequence.add(5);

    sequence.evict();

    assertThat(outputs(complete(sequence, 3))).isEmpty();
    assertThat(sequence.deliveredCount()).isEqualTo(4);
    Chunk last = complete(sequence, 2);
    assertThat(outputs(last)).containsExactly(1);
  }

  @Test
  void sharesTheCommonPrefix() {
    Sequence other = generating(1, 2, 3, 4, 5);
    complete(other, 5);

    assertThat(generating(1, 2, 3, 9, 5).sharedPrefixLength(other)).isEqualTo(3);
    assertThat(generating(9, 2).sharedPrefixLength(other)).isZero();
    assertThat(generating(1, 2, 3, 4, 5, 6, 7).sharedPrefixLength(other)).isEqualTo(5);
  }

  @Test
  void sharesCompletedTokensOnly() {
    Sequence other = generating(1, 2, 3, 4, 5);
    complete(other, 2);
    other.nextChunk(2);

    assertThat(generating(1, 2, 3, 4, 5).sharedPrefixLength(other)).isEqualTo(2);
    other.evict();
    assertThat(generating(1, 2, 3, 4, 5).sharedPrefixLength(other)).isZero();
  }

  @Test
  void sharesTokensThatTheOtherSequenceShares() {
    Sequence other = generating(1, 2, 3, 4, 5);
    other.adoptPrefix(generating(1, 2, 3), 3);

    assertThat(generating(1, 2, 3, 4, 5).sharedPrefixLength(other)).isEqualTo(3);
  }

  @Test
  void adoptsDepthsWithTokens() {
    Sequence first = generating(1, 2, 3, 4);
    Chunk chunk = first.nextChunk(4);
    chunk.addDepth(0, 3);
    chunk.addDepth(2, 2);
    chunk.addDepth(3, 1);
    first.complete(chunk);
    Sequence second = generating(1, 2, 3, 9);
    second.adoptPrefix(first, 3);
    Sequence third = generating(1, 2, 8);
    third.adoptPrefix(second, 2);

    assertThat(List.of(first.depth(3), second.depth(2), third.depth(0))).containsExactly(1, 2, 3);
    assertThat(third.completedCount()).isEqualTo(2);
    assertThatThrownBy(() -> third.depth(2)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void alwaysComputesTheNewestToken() {
    Sequence other = generating(1, 2, 3);
    complete(other, 3);

    assertThat(generating(1, 2, 3).sharedPrefixLength(other)).isEqualTo(2);
    assertThat(generating(1).sharedPrefixLength(other)).isZero();
  }

  @Test
  void computesTokensWhoseOutputsAreWanted() {
    Sequence other = generating(1, 2, 3, 4);
    complete(other, 4);
    Sequence scoring = sequence(new int[] {1, 2, 3, 4}, RoutingMode.TRAINED, 1);

    assertThat(scoring.sharedPrefixLength(other)).isEqualTo(1);
  }

  @Test
  void sharesOnlyWithTheSameRoutingMode() {
    Sequence other = sequence(new int[] {1, 2, 3}, FIXED, SequenceOptions.NEWEST);
    complete(other, 3);

    assertThat(generating(1, 2, 3).sharedPrefixLength(other)).isZero();
    assertThat(sequence(new int[] {1, 2, 3}, FIXED, 2).sharedPrefixLength(other)).isEqualTo(2);
  }

  @Test
  void sharesNothingOfSingleChunkSequences() {
    Sequence causal = generating(1, 2, 3);
    complete(causal, 3);
    Sequence single = singleChunk(1, 2, 3);
    complete(single, 3);

    assertThat(singleChunk(1, 2, 3).sharedPrefixLength(causal)).isZero();
    assertThat(generating(1, 2, 3).sharedPrefixLength(single)).isZero();
  }

  @Test
  void hasNoSlotsWhileItWaits() {
    Sequence sequence = generating(1);

    assertThat(sequence.hasLease()).isFalse();
    assertThatThrownBy(sequence::lease)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("waits");
  }

  /** Slots of a lease whose sequence took one slot in each region for each of its tokens. */
  private static KvSlots admit(Sequence sequence) {
    KvLayout layout = KvLayout.of(TestConfigs.expertChoice(KvPolicy.PER_STEP));
    KvSlots slots = new KvSlots(layout, new KvCapacity(20, 20));
    sequence.admit(slots.lease());
    int[] rows = IntStream.range(0, sequence.size()).toArray();
    for (int region = 0; region < layout.regions().size(); region++) {
      int[] plan = new int[rows.length];
      assertThat(slots.plan(region, rows.length, plan)).isTrue();
      slots.commit(region, new KvRows().add(sequence.lease(), 0, 0, rows), plan);
    }
    return slots;
  }

  @Test
  void rollsBackTokensWithTheirSlotsAndOutputs() {
    Sequence sequence = sequence(new int[] {1, 2, 3, 4, 5}, RoutingMode.TRAINED, 1);
    KvSlots slots = admit(sequence);
    complete(sequence, 5).addDepth(4, 2);

    sequence.rollback(3);
    sequence.add(8);
    sequence.add(9);
    Chunk again = complete(sequence, 2);

    assertThat(slots.used(0)).isEqualTo(3);
    assertThat(slots.used(1)).isEqualTo(3);
    assertThat(tokens(again)).containsExactly(8, 9);
    assertThat(again.firstPosition()).isEqualTo(3);
    assertThat(outputs(again)).containsExactly(0, 1);
    assertThat(sequence.depth(4)).isZero();
    assertThat(sequence.size()).isEqualTo(5);
  }

  @Test
  void decodesAfterARollback() {
    Sequence sequence = generating(1, 2, 3);
    admit(sequence);
    complete(sequence, 3);

    sequence.rollback(2);
    assertThat(sequence.completedCount()).isEqualTo(2);
    assertThat(sequence.pendingCount()).isZero();
    assertThat(sequence.isDecoding()).isFalse();
    sequence.add(7);

    assertThat(sequence.isDecoding()).isTrue();
    assertThat(outputs(complete(sequence, 1))).containsExactly(0);
  }

  @Test
  void rollsBackPendingTokensWithoutTouchingSlots() {
    Sequence sequence = generating(1, 2, 3, 4, 5);
    KvSlots slots = admit(sequence);
    complete(sequence, 2);

    sequence.rollback(3);

    assertThat(slots.used(0)).isEqualTo(5);
    assertThat(sequence.completedCount()).isEqualTo(2);
    assertThat(sequence.pendingCount()).isEqualTo(1);
  }

  @Test
  void rollsBackWhileItWaits() {
    Sequence sequence = sequence(new int[] {1, 2, 3, 4}, RoutingMode.TRAINED, 0);
    admit(sequence);
    complete(sequence, 4);
    sequence.evict();

    sequence.rollback(2);
    sequence.add(9);

    assertThat(sequence.deliveredCount()).isEqualTo(2);
    assertThat(outputs(complete(sequence, 3))).containsExactly(2);
  }

  @Test
  void refusesToRollBackTokensThatAreBeingComputed() {
    Sequence sequence = generating(1, 2, 3, 4);
    admit(sequence);
    complete(sequence, 2);
    sequence.nextChunk(1);

    assertThatThrownBy(() -> sequence.rollback(1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("tokens 2 to 2 are being computed");
    assertThat(sequence.size()).isEqualTo(4);
  }

  @Test
  void refusesToRollBackTokensThatWereRoutedTogether() {
    Sequence sequence = singleChunk(1, 2, 3);
    admit(sequence);
    complete(sequence, 3);

    assertThatThrownBy(() -> sequence.rollback(2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("routed together");
  }

  @Test
  void refusesToRollBackToNothingOrForward() {
    Sequence sequence = generating(1, 2, 3);

    assertThatThrownBy(() -> sequence.rollback(0)).hasMessageContaining("1 to 3 tokens, found 0");
    assertThatThrownBy(() -> sequence.rollback(4)).hasMessageContaining("1 to 3 tokens, found 4");
    sequence.rollback(3);
    assertThat(sequence.size()).isEqualTo(3);
  }

  @Test
  void sharesNothingThatWasRolledBack() {
    Sequence other = generating(1, 2, 3, 4, 5);
    admit(other);
    complete(other, 5);

    other.rollback(2);

    assertThat(generating(1, 2, 3, 4, 5, 6).sharedPrefixLength(other)).isEqualTo(2);
  }

  @Test
  void copiesItsTokens() {
    int[] tokens = {1, 2};
    Sequence sequence = generating(tokens);

    tokens[0] = 9;

    assertThat(tokens(sequence.nextChunk(2))).containsExactly(1, 2);
  }

  @Test
  void refusesNoTokensAndEmptyChunks() {
    assertThatThrownBy(() -> generating())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least one");
    assertThatThrownBy(() -> new SequenceOptions(0, false, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1 or more");
  }
}
