package dev.mor4j.batch;

/**
 * Tokens that enter the forward pass together, row after row: a prompt's chunk, or the newest token
 * of each sequence.
 *
 * @param tokens ids
 * @param sequences whose token each row is
 * @param positions where in its sequence, from 0
 * @param outputs indexes of the rows whose logits are wanted, ascending
 */
public record Batch(int[] tokens, int[] sequences, int[] positions, int[] outputs) {
  public Batch {
    if (tokens.length == 0
        || sequences.length != tokens.length
        || positions.length != tokens.length
        || outputs.length > tokens.length) {
      throw new IllegalArgumentException(
          "expected as many sequences and positions as tokens, at least one, found %d, %d and %d"
              .formatted(sequences.length, positions.length, tokens.length));
    }
  }

  /** Consecutive tokens of one sequence. */
  public static Batch of(int sequence, int firstPosition, int[] tokens, int[] outputs) {
    int[] sequences = new int[tokens.length];
    int[] positions = new int[tokens.length];
    for (int row = 0; row < tokens.length; row++) {
      sequences[row] = sequence;
      positions[row] = firstPosition + row;
    }
    return new Batch(tokens, sequences, positions, outputs);
  }

  /** Number of rows. */
  public int rowCount() {
    return tokens.length;
  }
}
