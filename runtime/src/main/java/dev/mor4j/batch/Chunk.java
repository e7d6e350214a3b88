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
  private final int[] tokens;
  private final int[] outputs;
  private final boolean isDecoding;
  private final int[] depths;
  private int nextPass;
  private int[] rows = NO_ROWS;
  private float[] gates = NO_GATES;

  Chunk(Sequence sequence, int firstPosition, int[] tokens, boolean isDecoding) {
    this.isDecoding = isDecoding;
    this.sequence = sequence;
    this.firstPosition = firstPosition;
    this.tokens = tokens;
    int firstOutput = Math.clamp(sequence.firstOutput() - firstPosition, 0, tokens.length);
    outputs = new int[tokens.length - firstOutput];
    for (int i = 0; i < outputs.length; i++) {
      outputs[i] = firstOutput + i;
    }
    depths = new int[tokens.length];
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
    return firstPosition + tokens.length;
  }

  /** Whether it is the newest token of a sequence that decodes. */
  boolean isDecoding() {
    return isDecoding;
  }

  /** Token ids; not to be changed. */
  public int[] tokens() {
    return tokens;
  }

  /** Number of tokens. */
  public int rowCount() {
    return tokens.length;
  }

  /** Rows whose outputs are wanted, ascending: the last ones, if any. */
  public int[] outputs() {
    return outputs;
  }

  /** Recursion steps that each row took. */
  public int[] depths() {
    return depths;
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

  /** Positions of some rows. */
  public int[] positions(int[] of) {
    int[] positions = new int[of.length];
    for (int i = 0; i < of.length; i++) {
      positions[i] = firstPosition + of[i];
    }
    return positions;
  }
}
