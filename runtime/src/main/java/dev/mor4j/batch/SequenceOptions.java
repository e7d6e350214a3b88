package dev.mor4j.batch;

/**
 * How a sequence is cut into chunks, and which outputs of its tokens are wanted.
 *
 * @param maxChunkSize most tokens of a chunk
 * @param isSingleChunk whether all tokens must be in one chunk, as routing that is not causal needs
 * @param firstOutput position of the first token whose output is wanted, and those of all later
 *     tokens with it; {@link #NEWEST} for the newest token only
 * @param output what is computed for these tokens
 */
public record SequenceOptions(
    int maxChunkSize, boolean isSingleChunk, int firstOutput, Output output) {
  /** First output: the newest token, whichever that is when its chunk is scheduled. */
  public static final int NEWEST = -1;

  public SequenceOptions {
    if (maxChunkSize < 1) {
      throw new IllegalArgumentException(
          "chunk size: expected 1 or more tokens, found " + maxChunkSize);
    }
    if (firstOutput < NEWEST) {
      throw new IllegalArgumentException(
          "first output: expected a position or -1 for the newest token, found " + firstOutput);
    }
  }

  /** Options for a sequence whose logits are wanted. */
  public SequenceOptions(int maxChunkSize, boolean isSingleChunk, int firstOutput) {
    this(maxChunkSize, isSingleChunk, firstOutput, Output.LOGITS);
  }
}
