package dev.mor4j.sampling;

import java.util.Arrays;

/**
 * A number for each of some tokens, 0 for all others. Cleared in the time it took to fill, and
 * makes no garbage: a hash map would box a key for every token of the history.
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

  /** How many tokens have a number. */
  int size() {
    return size;
  }

  /** One of the tokens that have a number, in the order in which they got it. */
  int token(int index) {
    return tokens[index];
  }

  int of(int token) {
    return token < numbers.length ? numbers[token] : 0;
  }

  /**
   * Gives a token its number.
   *
   * @param number more than 0
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
