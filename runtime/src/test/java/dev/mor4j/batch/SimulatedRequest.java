package dev.mor4j.batch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** A request of a {@link BatchSimulation}: its results so far, and those that it should get. */
final class SimulatedRequest {

  /** What is asked for. */
  enum Kind {
    /** Generate tokens. */
    GENERATE,
    /** Outputs from some position on. */
    SCORE,
    /** Outputs of all tokens, by a rule that is not causal. */
    SCORE_TOGETHER,
    /** No outputs; the slots are kept for other sequences. */
    KEEP
  }

  /**
   * The immutable part.
   *
   * @param singleRun the sequence as it runs alone
   * @param arrival turn in which it is submitted
   * @param cancellation turn in which it is cancelled, if it runs until then
   */
  record Plan(Kind kind, Sequence sequence, SingleRun singleRun, int arrival, int cancellation) {}

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

  /** Whether it was submitted and has not ended. */
  boolean isUnderWay(int turn) {
    return plan.arrival() <= turn && !isEnded;
  }

  /** Whether it has ended and its slots are kept. */
  boolean isKept() {
    return isEnded && !isCancelled && plan.kind() == Kind.KEEP;
  }

  /** Number of tokens at the end. */
  int finalSize() {
    return plan.singleRun().tokens().size();
  }

  /** Number of tokens that were never computed for it. */
  int skipped() {
    return skipped;
  }

  /** Sets the turn by which it must have ended. */
  void setDeadline(int latestTurn) {
    deadline = latestTurn;
  }

  /** Whether tokens can be rolled back: some are there, and none is being computed. */
  boolean canRollBack() {
    Sequence sequence = plan.sequence();
    int scheduled = sequence.size() - sequence.pendingCount();
    return plan.kind() != Kind.SCORE_TOGETHER && scheduled == sequence.completedCount();
  }

  /** Drops the last tokens, and adds those again whose predecessors gave outputs already. */
  void rollBack(int newSize) {
    Sequence sequence = plan.sequence();
    int size = sequence.size();
    boolean generates = plan.kind() == Kind.GENERATE;
    int end = generates ? Math.max(promptSize, Math.min(size, newSize + 1)) : size;
    sequence.rollback(newSize);
    nextPosition = Math.min(nextPosition, newSize);
    outputs.removeIf(position -> position >= newSize);
    for (int position = newSize; position < end; position++) {
      sequence.add(plan.singleRun().tokens().get(position));
    }
  }

  void requireInTime(int turn) {
    if (isUnderWay(turn)) {
      assertThat(turn).as("no sequence starves").isLessThan(deadline);
    }
  }

  void cancel() {
    isEnded = true;
    isCancelled = true;
  }

  /** Checks a chunk that has taken all stages; true if it was the last one. */
  boolean accept(Chunk chunk, HashStages stages) {
    assertThat(isEnded).isFalse();
    skipped += Math.max(0, chunk.firstPosition() - nextPosition);
    for (; nextPosition < chunk.endPosition(); nextPosition++) {
      assertThat(plan.sequence().depth(nextPosition))
          .isEqualTo(plan.singleRun().depth(nextPosition));
    }
    for (int row = chunk.firstOutput(); row < chunk.rowCount(); row++) {
      int position = chunk.firstPosition() + row;
      assertThat(stages.result(chunk, row)).isEqualTo(plan.singleRun().state(position));
      outputs.add(position);
    }
    if (chunk.outputCount() > 0 && plan.sequence().size() < finalSize()) {
      plan.sequence().add(plan.singleRun().tokens().get(plan.sequence().size()));
    }
    isEnded = nextPosition == finalSize();
    return isEnded;
  }

  /** Checks that every output came once and in order, unless the request was cancelled. */
  void requireComplete() {
    assertThat(isEnded).isTrue();
    if (!isCancelled) {
      int first = plan.kind() == Kind.GENERATE ? promptSize - 1 : firstOutput;
      assertThat(outputs)
          .containsExactlyElementsOf(IntStream.range(first, finalSize()).boxed().toList());
    }
  }
}
