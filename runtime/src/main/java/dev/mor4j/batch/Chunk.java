package dev.mor4j.batch;

import dev.mor4j.model.RoutingMode;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive tokens of one sequence that are processed together: one token of a sequence that
 * decodes, many tokens of a prompt. Each token is one row. Rows may take different numbers of
 * recursion steps; all rows of a chunk take the coda together. Confined to the engine's thread.
 */
public final class Chunk {
  private static final int[] NO_ROWS = {};
  private static final float[] NO_GATES = {};

  private final Sequence sequence;
  private final int firstPosition;
  private final int rowCount;
  private final int firstOutput;
  private final boolean isDecoding;
  private int nextStep;
  private int[] activeRows = NO_ROWS;
  private float[] gates = NO_GATES;
  private @Nullable Object attachment;

  Chunk(Sequence sequence, int firstPosition, int rowCount, boolean isDecoding) {
    this.sequence = sequence;
    this.firstPosition = firstPosition;
    this.rowCount = rowCount;
    this.isDecoding = isDecoding;
    firstOutput = Math.clamp(sequence.firstOutput() - firstPosition, 0, rowCount);
  }

  /** The sequence that the tokens belong to. */
  public Sequence sequence() {
    return sequence;
  }

  /** How the tokens get their recursion depth. */
  public RoutingMode mode() {
    return sequence.mode();
  }

  /** Position of the first token in the sequence. */
  public int firstPosition() {
    return firstPosition;
  }

  /** Position after the last token. */
  public int endPosition() {
    return firstPosition + rowCount;
  }

  /** Whether the chunk is the newest token of a sequence that decodes. */
  boolean isDecoding() {
    return isDecoding;
  }

  /** Id of a row's token. */
  public int token(int row) {
    return sequence.token(firstPosition + row);
  }

  /** Number of tokens. */
  public int rowCount() {
    return rowCount;
  }

  /** The first row whose output is wanted; the outputs of all later rows are wanted too. */
  public int firstOutput() {
    return firstOutput;
  }

  /** Number of rows whose outputs are wanted. */
  public int outputCount() {
    return rowCount - firstOutput;
  }

  /** Recursion steps that the router has given a row so far. */
  public int depth(int row) {
    return sequence.depthSoFar(firstPosition + row);
  }

  /** Adds recursion steps to a row's depth. */
  public void addDepth(int row, int steps) {
    sequence.addDepth(firstPosition + row, steps);
  }

  /**
   * The recursion step that {@link #activeRows} take in the next run of the shared block. Where
   * each layer is repeated in place, one run takes all steps and begins with step 0.
   */
  public int nextStep() {
    return nextStep;
  }

  /** Rows that take the next step, ascending; none if the chunk is ready for the coda. */
  public int[] activeRows() {
    return activeRows;
  }

  /** The factor for the update of each of {@link #activeRows}. */
  public float[] gates() {
    return gates;
  }

  /** Whether no row takes a further step, so that the chunk is ready for the coda. */
  public boolean isReadyForCoda() {
    return activeRows.length == 0;
  }

  /**
   * Lets rows take a step.
   *
   * @param rows ascending; kept
   * @param rowGates one for each row; kept
   */
  public void activate(int step, int[] rows, float[] rowGates) {
    nextStep = step;
    activeRows = rows;
    gates = rowGates;
  }

  /** Makes the chunk ready for the coda: no row takes a further step. */
  public void deactivate() {
    activeRows = NO_ROWS;
    gates = NO_GATES;
  }

  /**
   * Attaches what a {@link StageWork} needs to know about this chunk, in place of an earlier
   * attachment.
   */
  public void attach(Object state) {
    attachment = state;
  }

  /**
   * What {@link #attach} has attached.
   *
   * @return null if nothing is attached
   * @throws ClassCastException if the attachment is of another type
   */
  public <S> @Nullable S attachment(Class<S> type) {
    return type.cast(attachment);
  }
}
