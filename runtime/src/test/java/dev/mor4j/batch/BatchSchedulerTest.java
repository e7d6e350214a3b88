package dev.mor4j.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.model.RoutingMode;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchSchedulerTest {
  private static final int AMPLE = 1000;
  private final BatchScheduler scheduler = new BatchScheduler(new BatchLimits(3, 10, 4));

  private static Sequence prompt(int size) {
    return sequence(size, 64, false);
  }

  private static Sequence singleChunk(int size) {
    return sequence(size, size, true);
  }

  /** A sequence whose newest token is pending. */
  private static Sequence decoding() {
    Sequence sequence = prompt(2);
    sequence.adoptPrefix(sequence, 1);
    return sequence;
  }

  private static Sequence sequence(int size, int maxChunkSize, boolean isSingleChunk) {
    SequenceOptions options =
        new SequenceOptions(maxChunkSize, isSingleChunk, SequenceOptions.NEWEST);
    return new Sequence(new int[size], RoutingMode.TRAINED, options);
  }

  private void run(Sequence... sequences) {
    for (Sequence sequence : sequences) {
      scheduler.submit(sequence);
    }
    assertThat(scheduler.admit(AMPLE, Sequence::pendingCount)).containsExactly(sequences);
  }

  private List<ScheduledTokens> scheduled(int tokens) {
    return scheduler.schedule(tokens, 0, 0);
  }

  @Test
  void admitsInOrderOfArrivalUpToTheLimit() {
    List<Sequence> sequences = List.of(prompt(3), prompt(1), prompt(2), prompt(1));
    sequences.forEach(scheduler::submit);

    assertThat(scheduler.admit(AMPLE, Sequence::pendingCount))
        .containsExactlyElementsOf(sequences.subList(0, 3));
    assertThat(scheduler.waitingCount()).isEqualTo(1);
    assertThat(scheduler.admit(AMPLE, Sequence::pendingCount)).isEmpty();
  }

  @Test
  void admitsWhatFitsBesideTheRunningSequences() {
    run(prompt(5));
    Sequence next = prompt(4);
    scheduler.submit(next);

    assertThat(scheduler.admit(8, Sequence::pendingCount)).isEmpty();
    assertThat(scheduler.admit(9, Sequence::pendingCount)).containsExactly(next);
  }

  @Test
  void admitsNoSmallerSequenceBeforeTheOldest() {
    run(prompt(5));
    scheduler.submit(prompt(20));
    scheduler.submit(prompt(1));

    assertThat(scheduler.admit(10, Sequence::pendingCount)).isEmpty();
  }

  @Test
  void countsTheTokensOfSequencesAdmittedTogether() {
    List<Sequence> sequences = List.of(prompt(5), prompt(4), prompt(4));
    sequences.forEach(scheduler::submit);

    assertThat(scheduler.admit(12, Sequence::pendingCount))
        .containsExactlyElementsOf(sequences.subList(0, 2));
  }

  @Test
  void admitsOneSequenceEvenWithoutRoom() {
    scheduler.submit(prompt(5));
    scheduler.submit(prompt(5));

    assertThat(scheduler.admit(0, Sequence::pendingCount)).hasSize(1);
  }

  @Test
  void promptsFillTheBatchInOrderOfArrival() {
    Sequence first = prompt(7);
    Sequence second = prompt(7);
    run(first, second, prompt(7));

    assertThat(scheduled(AMPLE))
        .containsExactly(new ScheduledTokens(first, 7), new ScheduledTokens(second, 3));
  }

  @Test
  void decodingSequencesEnterBeforeOlderPrompts() {
    Sequence old = prompt(20);
    Sequence decoding = decoding();
    run(old, decoding);

    assertThat(scheduled(AMPLE))
        .containsExactly(new ScheduledTokens(decoding, 1), new ScheduledTokens(old, 4));
  }

  @Test
  void decodingSequencesEnterHoweverManyPromptRowsAreActive() {
    Sequence decoding = decoding();
    run(prompt(20), decoding);

    assertThat(scheduler.schedule(AMPLE, 0, 10)).containsExactly(new ScheduledTokens(decoding, 1));
  }

  @Test
  void promptsGetFewerRowsWhileATokenIsDecodedAtADeeperStep() {
    Sequence prompt = prompt(20);
    run(prompt);

    assertThat(scheduler.schedule(AMPLE, 1, 0)).containsExactly(new ScheduledTokens(prompt, 4));
  }

  @Test
  void activeRowsCountAsPromptRows() {
    Sequence prompt = prompt(20);
    run(prompt);

    assertThat(scheduler.schedule(AMPLE, 0, 4)).containsExactly(new ScheduledTokens(prompt, 6));
    assertThat(scheduler.schedule(AMPLE, 1, 4)).isEmpty();
  }

  @Test
  void nothingEntersWithoutRoomInTheCache() {
    Sequence decoding = decoding();
    Sequence prompt = prompt(9);
    run(decoding, prompt, decoding());

    assertThat(scheduled(4)).hasSize(3).contains(new ScheduledTokens(prompt, 2));
    assertThat(scheduled(1)).containsExactly(new ScheduledTokens(decoding, 1));
    assertThat(scheduled(-2)).isEmpty();
  }

  @Test
  void aSingleChunkPromptIsNeverCut() {
    Sequence single = singleChunk(9);
    run(prompt(3), single);

    assertThat(scheduled(AMPLE)).hasSize(1);
    assertThat(scheduled(AMPLE).getFirst().sequence()).isNotSameAs(single);
    scheduler.running().getFirst().nextChunk(3);
    assertThat(scheduled(8)).isEmpty();
    assertThat(scheduled(9)).containsExactly(new ScheduledTokens(single, 9));
  }

  @Test
  void noPromptOvertakesASingleChunkPrompt() {
    run(singleChunk(9), prompt(1));

    assertThat(scheduler.schedule(AMPLE, 0, 2)).isEmpty();
  }

  @Test
  void aSingleChunkPromptEntersBesideDecodingAndLeavesNoRowsToOthers() {
    Sequence decoding = decoding();
    Sequence single = singleChunk(9);
    run(decoding, single, prompt(1));

    assertThat(scheduled(AMPLE))
        .containsExactly(new ScheduledTokens(decoding, 1), new ScheduledTokens(single, 9));
  }

  @Test
  void aSingleChunkPromptThatIsNotTheOldestGetsNoExtraRows() {
    Sequence decoding = decoding();
    Sequence oldest = prompt(20);
    run(decoding, oldest, singleChunk(9));

    assertThat(scheduled(AMPLE))
        .containsExactly(new ScheduledTokens(decoding, 1), new ScheduledTokens(oldest, 4));
  }

  @Test
  void needsRoomForDecodingSequencesAndTheOldestPrompt() {
    run(decoding(), singleChunk(7), decoding());
    assertThat(scheduler.minTokens()).isEqualTo(9);

    scheduler.remove(scheduler.running().get(1));
    scheduler.submit(prompt(7));
    scheduler.admit(AMPLE, Sequence::pendingCount);
    assertThat(scheduler.minTokens()).isEqualTo(3);
  }

  @Test
  void preemptsTheYoungestAndAdmitsItNext() {
    Sequence oldest = prompt(1);
    Sequence second = prompt(1);
    Sequence third = prompt(1);
    run(oldest, second, third);
    scheduler.submit(prompt(1));

    assertThat(scheduler.preempt()).isSameAs(third);
    assertThat(scheduler.preempt()).isSameAs(second);

    assertThat(scheduler.canPreempt()).isFalse();
    scheduler.remove(oldest);
    assertThat(scheduler.admit(2, Sequence::pendingCount)).containsExactly(second, third);
  }

  @Test
  void admitsNothingAfterAPreemptionUntilASequenceEnds() {
    Sequence oldest = prompt(1);
    Sequence second = prompt(1);
    Sequence third = prompt(1);
    Sequence waiting = prompt(1);
    run(oldest, second, third);
    scheduler.submit(waiting);
    scheduler.preempt();

    assertThat(scheduler.admit(AMPLE, Sequence::pendingCount)).isEmpty();
    scheduler.remove(waiting);
    assertThat(scheduler.admit(AMPLE, Sequence::pendingCount)).isEmpty();
    scheduler.remove(second);
    assertThat(scheduler.admit(AMPLE, Sequence::pendingCount)).containsExactly(third);
  }

  @Test
  void removesRunningAndWaitingSequences() {
    Sequence running = prompt(1);
    Sequence waiting = prompt(1);
    run(running);
    scheduler.submit(waiting);

    scheduler.remove(running);
    scheduler.remove(waiting);

    assertThat(scheduler.isIdle()).isTrue();
  }
}
