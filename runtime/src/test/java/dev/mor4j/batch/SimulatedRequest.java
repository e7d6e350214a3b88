package dev.mor4j.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A request of a {@link BatchSimulation}: what it has got so far, and what it should get. */
final class SimulatedRequest {

  /** What is asked for. */
  enum Kind {
    /** Write on. */
    WRITE,
    /** Numbers of tokens from some position on. */
    SCORE,
    /** Numbers of all tokens, by a rule that looks ahead. */
    WHOLE,
    /** Nothing but that the place is kept for others. */
    KEEP
  }

  /**
   * What never changes.
   *
   * @param alone the sequence as it runs alone
   * @param arrival turn in which it is submitted
   * @param cancellation turn in which it is cancelled, if it runs until then
   */
  record Plan(Kind kind, Sequence sequence, Alone alone, int arrival, int cancellation) {}

  private final Plan plan;
  private final int promptSize;
  private final int firstOutput;
  private final List<Integer> outputs = new ArrayList<>();
  private int nextPosition;
  private int skipped;
  private int deadline;
  private boolean isEnded;
  private boolean isCancelled;

  SimulatedRequest(Plan plan) {
    this.plan = plan;
    promptSize = plan.sequence().size();
    firstOutput = plan.sequence().firstOutput();
  }

  Plan plan() {
    return plan;
  }

  /** Whether it was submitted and has not come to its end. */
  boolean isUnderWay(int turn) {
    return plan.arrival() <= turn && !isEnded;
  }

  /** Whether it came to its end and its place stays. */
  boolean isKept() {
    return isEnded && !isCancelled && plan.kind() == Kind.KEEP;
  }

  /** Tokens when it ends. */
  int finalSize() {
    return plan.alone().tokens().size();
  }

  /** Tokens that were never computed for it. */
  int skipped() {
    return skipped;
  }

  /** It will have ended after this turn. */
  void promise(int latestTurn) {
    deadline = latestTurn;
  }

  void requireInTime(int turn) {
    if (isUnderWay(turn)) {
      assertThat(turn).as("nobody starves").isLessThan(deadline);
    }
  }

  void cancel() {
    isEnded = true;
    isCancelled = true;
  }

  /** Takes a chunk that went through all stages; true if it was the last one. */
  boolean accept(Chunk chunk, HashStages stages) {
    assertThat(isEnded).isFalse();
    skipped += Math.max(0, chunk.firstPosition() - nextPosition);
    for (; nextPosition < chunk.endPosition(); nextPosition++) {
      assertThat(plan.sequence().depth(nextPosition)).isEqualTo(plan.alone().depth(nextPosition));
    }
    for (int row = chunk.firstOutput(); row < chunk.rowCount(); row++) {
      int position = chunk.firstPosition() + row;
      assertThat(stages.result(chunk, row)).isEqualTo(plan.alone().state(position));
      outputs.add(position);
    }
    if (chunk.outputCount() > 0 && plan.sequence().size() < finalSize()) {
      plan.sequence().add(plan.alone().tokens().get(plan.sequence().size()));
    }
    isEnded = nextPosition == finalSize();
    return isEnded;
  }

  /** All that was asked for, once and in order, unless it was cancelled. */
  void requireComplete() {
    assertThat(isEnded).isTrue();
    if (!isCancelled) {
      int first = plan.kind() == Kind.WRITE ? promptSize - 1 : firstOutput;
      assertThat(outputs)
          .containsExactlyElementsOf(IntStream.range(first, finalSize()).boxed().toList());
    }
  }
}
