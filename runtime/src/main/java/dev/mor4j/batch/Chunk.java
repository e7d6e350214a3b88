package dev.mor4j.batch;

/**
 * Consecutive tokens of one sequence that go through the stages together: one token of a sequence
 * that decodes, many of a prompt. Some of its rows stop early; all meet again at the coda. One
 * thread.
 */
public final class Chunk {
  private static final int[] NO_ROWS = {};
  private static final float[] NO_GATES = {};

  private final Sequence sequence;
  private final int firstPosition;
  private final int rowCount;
  private final int firstOutput;
  private final boolean isDecoding;
  private int nextPass;
  private int[] rows = NO_ROWS;
  private float[] gates = NO_GATES;

  Chunk(Sequence sequence, int firstPosition, int rowCount, boolean isDecoding) {
    this.isDecoding = isDecoding;
    this.sequence = sequence;
    this.firstPosition = firstPosition;
    this.rowCount = rowCount;
    firstOutput = Math.clamp(sequence.firstOutput() - firstPosition, 0, rowCount);
  }

  /** Whose tokens they are. */
  public Sequence sequence() {
    return sequence;
  }

  /** Position of the first token. */
  public int firstPosition() {
    return firstPosition;
  }

  int endPosition() {
    return firstPosition + rowCount;
  }

  /** Whether it is the newest token of a sequence that decodes. */
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

  /** The first row whose outputs are wanted, as are those of all rows after it. */
  public int firstOutput() {
    return firstOutput;
  }

  /** Rows whose outputs are wanted. */
  public int outputCount() {
    return rowCount - firstOutput;
  }

  /** Recursion steps that a row took so far. */
  public int depth(int row) {
    return sequence.depthSoFar(firstPosition + row);
  }

  /** A row takes recursion steps. */
  public void addDepth(int row, int steps) {
    sequence.addDepth(firstPosition + row, steps);
  }

  /** Index of the pass that {@link #rows} take next. */
  public int nextPass() {
    return nextPass;
  }

  /** Rows that take the next pass, ascending; none if all are through. */
  public int[] rows() {
    return rows;
  }

  /** What scales the update of each of {@link #rows}. */
  public float[] gates() {
    return gates;
  }

  /** Whether no row takes another pass. */
  public boolean isThrough() {
    return rows.length == 0;
  }

  /** Sends rows into a pass. */
  public void send(int pass, int[] takers, float[] takersGates) {
    nextPass = pass;
    rows = takers;
    gates = takersGates;
  }

  /** No row takes another pass. */
  public void finish() {
    rows = NO_ROWS;
    gates = NO_GATES;
  }
}
