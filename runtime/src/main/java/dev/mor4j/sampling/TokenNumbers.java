package dev.mor4j.sampling;

import java.util.Arrays;

/**
 * A sparse map from token ids to positive numbers, 0 for all others. Clearing it takes as long as
 * filling it, and it makes no garbage: a hash map would box a key for every token of the history.
 */
final class TokenNumbers {

  private int[] numbers = {};
  private int[] tokens = new int[64];
  private int size;

  void clear() {
    for (int i = 0; i < size; i++) {
      numbers[tokens[i]] = 0;
    }
    size = 0;
  }

  /** Number of tokens that have a number. */
  int size() {
    return size;
  }

  /** The tokens that have a number, in the order of insertion. */
  int token(int index) {
    return tokens[index];
  }

  int of(int token) {
    return token < numbers.length ? numbers[token] : 0;
  }

  /**
   * Sets the number of a token.
   *
   * @param number greater than 0
   */
  void put(int token, int number) {
    if (token >= numbers.length) {
      numbers = Arrays.copyOf(numbers, Math.max(2 * numbers.length, token + 1));
    }
    if (numbers[token] == 0) {
      if (size == tokens.length) {
        tokens = Arrays.copyOf(tokens, 2 * size);
      }
      tokens[size++] = token;
    }
    numbers[token] = number;
  }
}
