package dev.mor4j.sampling;

import java.util.AbstractList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The tokens of a sequence so far: its prompt and the tokens generated since. */
public final class TokenHistory {

  private int[] tokens = new int[64];
  private int size;

  /** Creates an empty history. */
  public TokenHistory() {}

  /** Appends a token. */
  public void add(int added) {
    grow(1);
    tokens[size++] = added;
  }

  /** Appends tokens. */
  public void add(int... added) {
    grow(added.length);
    System.arraycopy(added, 0, tokens, size, added.length);
    size += added.length;
  }

  private void grow(int added) {
    if (size + added > tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(2 * tokens.length, size + added));
    }
  }

  /** Number of tokens. */
  public int size() {
    return size;
  }

  /**
   * The token at a position, from 0.
   *
   * @throws IndexOutOfBoundsException if the sequence is shorter
   */
  public int get(int position) {
    if (position < 0 || position >= size) {
      throw new IndexOutOfBoundsException(
          "position: expected 0..%s, found %s".formatted(size - 1, position));
    }
    return tokens[position];
  }

  /**
   * The token {@code back} positions before the last one.
   *
   * @throws IndexOutOfBoundsException if the sequence is shorter
   */
  int fromEnd(int back) {
    return get(size - 1 - back);
  }

  /** The tokens from a position on, as a view that is valid until the next change. */
  List<Integer> from(int start) {
    return new AbstractList<>() {
      @Override
      public Integer get(int index) {
        return tokens[start + Objects.checkIndex(index, size())];
      }

      @Override
      public int size() {
        return TokenHistory.this.size - start;
      }
    };
  }

  /** The position of the first of the last {@code lastN} tokens, where -1 stands for all. */
  int windowStart(int lastN) {
    return lastN < 0 ? 0 : Math.max(0, size - lastN);
  }
}
