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

  private static Sequence whole(int size) {
    return sequence(size, size, true);
  }

  /** A sequence whose newest token has not entered yet. */
  private static Sequence decoding() {
    Sequence sequence = prompt(2);
    sequence.skip(1, sequence);
    return sequence;
  }

  private static Sequence sequence(int size, int mostAtOnce, boolean isWhole) {
    Sequence.Entry entry = new Sequence.Entry(mostAtOnce, isWhole, Sequence.Entry.LAST);
    return new Sequence(new int[size], RoutingMode.TRAINED, entry);
  }

  private void run(Sequence... sequences) {
    for (Sequence sequence : sequences) {
      scheduler.submit(sequence);
    }
    assertThat(scheduler.admit(AMPLE, Sequence::ready)).containsExactly(sequences);
  }

  private List<Entry> entries(int tokens) {
    return scheduler.entries(tokens, 0, 0);
  }

  @Test
  void admitsInTheOrderOfArrivalUpToTheLimit() {
    List<Sequence> sequences = List.of(prompt(3), prompt(1), prompt(2), prompt(1));
    sequences.forEach(scheduler::submit);

    assertThat(scheduler.admit(AMPLE, Sequence::ready))
        .containsExactlyElementsOf(sequences.subList(0, 3));
    assertThat(scheduler.waitingCount()).isEqualTo(1);
    assertThat(scheduler.admit(AMPLE, Sequence::ready)).isEmpty();
  }

  @Test
  void admitsOnlyWhatFitsBesideThoseThatRun() {
    run(prompt(5));
    Sequence next = prompt(4);
    scheduler.submit(next);

    assertThat(scheduler.admit(8, Sequence::ready)).isEmpty();
    assertThat(scheduler.admit(9, Sequence::ready)).containsExactly(next);
  }

  @Test
  void admitsNoSmallerOneBeforeTheOldest() {
    run(prompt(5));
    scheduler.submit(prompt(20));
    scheduler.submit(prompt(1));

    assertThat(scheduler.admit(10, Sequence::ready)).isEmpty();
  }

  @Test
  void countsWhatItAdmitsAtTheSameTime() {
    List<Sequence> sequences = List.of(prompt(5), prompt(4), prompt(4));
    sequences.forEach(scheduler::submit);

    assertThat(scheduler.admit(12, Sequence::ready))
        .containsExactlyElementsOf(sequences.subList(0, 2));
  }

  @Test
  void admitsOneInAnyCase() {
    scheduler.submit(prompt(5));
    scheduler.submit(prompt(5));

    assertThat(scheduler.admit(0, Sequence::ready)).hasSize(1);
  }

  @Test
  void promptsFillTheBatchInTheOrderOfArrival() {
    Sequence first = prompt(7);
    Sequence second = prompt(7);
    run(first, second, prompt(7));

    assertThat(entries(AMPLE)).containsExactly(new Entry(first, 7), new Entry(second, 3));
  }

  @Test
  void thoseThatDecodeEnterBeforeOlderPrompts() {
    Sequence old = prompt(20);
    Sequence decoding = decoding();
    run(old, decoding);

    assertThat(entries(AMPLE)).containsExactly(new Entry(decoding, 1), new Entry(old, 4));
  }

  @Test
  void thoseThatDecodeEnterHoweverManyPromptRowsAreOnTheirWay() {
    Sequence decoding = decoding();
    run(prompt(20), decoding);

    assertThat(scheduler.entries(AMPLE, 0, 10)).containsExactly(new Entry(decoding, 1));
  }

  @Test
  void promptsGetLessWhileATokenIsDecodedAtADeeperStep() {
    Sequence prompt = prompt(20);
    run(prompt);

    assertThat(scheduler.entries(AMPLE, 1, 0)).containsExactly(new Entry(prompt, 4));
  }

  @Test
  void rowsOnTheirWayCountAsPromptRows() {
    Sequence prompt = prompt(20);
    run(prompt);

    assertThat(scheduler.entries(AMPLE, 0, 4)).containsExactly(new Entry(prompt, 6));
    assertThat(scheduler.entries(AMPLE, 1, 4)).isEmpty();
  }

  @Test
  void nobodyEntersWithoutRoomInTheCache() {
    Sequence decoding = decoding();
    Sequence prompt = prompt(9);
    run(decoding, prompt, decoding());

    assertThat(entries(4)).hasSize(3).contains(new Entry(prompt, 2));
    assertThat(entries(1)).containsExactly(new Entry(decoding, 1));
    assertThat(entries(-2)).isEmpty();
  }

  @Test
  void aWholePromptIsNeverCut() {
    Sequence whole = whole(9);
    run(prompt(3), whole);

    assertThat(entries(AMPLE)).hasSize(1);
    assertThat(entries(AMPLE).getFirst().sequence()).isNotSameAs(whole);
    scheduler.running().getFirst().enter(3);
    assertThat(entries(8)).isEmpty();
    assertThat(entries(9)).containsExactly(new Entry(whole, 9));
  }

  @Test
  void nobodyOvertakesAWholePromptThatWaitsForRows() {
    run(whole(9), prompt(1));

    assertThat(scheduler.entries(AMPLE, 0, 2)).isEmpty();
  }

  @Test
  void aWholePromptEntersBesideDecodingAndLeavesNothingToOthers() {
    Sequence decoding = decoding();
    Sequence whole = whole(9);
    run(decoding, whole, prompt(1));

    assertThat(entries(AMPLE)).containsExactly(new Entry(decoding, 1), new Entry(whole, 9));
  }

  @Test
  void aWholePromptThatIsNotTheOldestWidensNothing() {
    Sequence decoding = decoding();
    Sequence oldest = prompt(20);
    run(decoding, oldest, whole(9));

    assertThat(entries(AMPLE)).containsExactly(new Entry(decoding, 1), new Entry(oldest, 4));
  }

  @Test
  void roomIsWantedForAllThatDecodeAndForTheOldestPrompt() {
    run(decoding(), whole(7), decoding());
    assertThat(scheduler.leastTokens()).isEqualTo(9);

    scheduler.remove(scheduler.running().get(1));
    scheduler.submit(prompt(7));
    scheduler.admit(AMPLE, Sequence::ready);
    assertThat(scheduler.leastTokens()).isEqualTo(3);
  }

  @Test
  void theYoungestGivesWayAndIsNextToRun() {
    Sequence oldest = prompt(1);
    Sequence second = prompt(1);
    Sequence third = prompt(1);
    run(oldest, second, third);
    scheduler.submit(prompt(1));

    assertThat(scheduler.preempt()).isSameAs(third);
    assertThat(scheduler.preempt()).isSameAs(second);

    assertThat(scheduler.canPreempt()).isFalse();
    scheduler.remove(oldest);
    assertThat(scheduler.admit(2, Sequence::ready)).containsExactly(second, third);
  }

  @Test
  void whoGaveWayWaitsUntilOneThatRunsHasEnded() {
    Sequence oldest = prompt(1);
    Sequence second = prompt(1);
    Sequence third = prompt(1);
    Sequence waiting = prompt(1);
    run(oldest, second, third);
    scheduler.submit(waiting);
    scheduler.preempt();

    assertThat(scheduler.admit(AMPLE, Sequence::ready)).isEmpty();
    scheduler.remove(waiting);
    assertThat(scheduler.admit(AMPLE, Sequence::ready)).isEmpty();
    scheduler.remove(second);
    assertThat(scheduler.admit(AMPLE, Sequence::ready)).containsExactly(third);
  }

  @Test
  void forgetsASequenceWhereverItIs() {
    Sequence running = prompt(1);
    Sequence waiting = prompt(1);
    run(running);
    scheduler.submit(waiting);

    scheduler.remove(running);
    scheduler.remove(waiting);

    assertThat(scheduler.isIdle()).isTrue();
  }
}
