package dev.mor4j.sampling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * The sequence breakers of DRY in tokens: a head token and a tail of tokens that follow it, usually
 * empty. Immutable. Creating one from texts scans the vocabulary, so keep it for requests with the
 * same breakers.
 */
public final class SequenceBreakers {

  /** No breakers. */
  public static final SequenceBreakers NONE = new SequenceBreakers(new TreeMap<>());

  private static final int LONGEST_TEXT = 40;
  private static final int LONGEST_TAIL = 20;

  private final int[] heads;
  private final int[][][] tails;

  private SequenceBreakers(SortedMap<Integer, List<int[]>> tailsByHead) {
    heads = tailsByHead.keySet().stream().mapToInt(Integer::intValue).toArray();
    tails =
        tailsByHead.values().stream()
            .map(each -> each.toArray(int[][]::new))
            .toArray(int[][][]::new);
  }

  /**
   * Breakers from token sequences.
   *
   * @param sequences sequences of at least one token id
   * @throws IllegalArgumentException if a sequence is empty
   */
  public static SequenceBreakers ofTokens(List<int[]> sequences) {
    SortedMap<Integer, List<int[]>> tails = new TreeMap<>();
    for (int[] sequence : sequences) {
      if (sequence.length == 0) {
        throw new IllegalArgumentException("sequence breaker: expected tokens, found none");
      }
      add(tails, sequence[0], Arrays.copyOfRange(sequence, 1, sequence.length));
    }
    return new SequenceBreakers(tails);
  }

  /**
   * Breakers from texts, matched against the vocabulary as in llama.cpp: a token that contains a
   * breaker is a breaker, and a token that ends with the first part of a breaker is one if the
   * tokens of the rest follow. The first 40 characters of a breaker and the first 20 tokens of its
   * rest are used.
   *
   * @param texts breakers, none of them empty
   * @param vocabularySize number of token ids
   * @param textOf maps a token id to its text
   * @param encode maps a text to its tokens, without special tokens around it
   */
  public static SequenceBreakers ofTexts(
      List<String> texts,
      int vocabularySize,
      IntFunction<String> textOf,
      Function<String, int[]> encode) {
    SortedMap<Integer, List<int[]>> tails = new TreeMap<>();
    for (int token = 0; token < vocabularySize && !texts.isEmpty(); token++) {
      String word = textOf.apply(token);
      for (String text : texts) {
        String breaker = text.substring(0, Math.min(LONGEST_TEXT, text.length()));
        if (word.contains(breaker)) {
          add(tails, token, new int[0]);
          continue;
        }
        for (int start = Math.max(0, word.length() - breaker.length() + 1);
            start < word.length();
            start++) {
          int overlap = word.length() - start;
          if (word.regionMatches(start, breaker, 0, overlap)) {
            int[] rest = encode.apply(breaker.substring(overlap));
            add(tails, token, Arrays.copyOf(rest, Math.min(rest.length, LONGEST_TAIL)));
          }
        }
      }
    }
    return new SequenceBreakers(tails);
  }

  private static void add(SortedMap<Integer, List<int[]>> tails, int head, int[] tail) {
    List<int[]> known = tails.computeIfAbsent(head, any -> new ArrayList<>());
    if (known.stream().noneMatch(each -> Arrays.equals(each, tail))) {
      known.add(tail);
    }
  }

  /** Whether the token alone is a breaker. */
  boolean isBreaker(int token) {
    int index = Arrays.binarySearch(heads, token);
    if (index >= 0) {
      for (int[] tail : tails[index]) {
        if (tail.length == 0) {
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Number of tokens since the last breaker among the last {@code window} tokens; {@code window} if
   * there is none.
   */
  int lengthSinceLast(TokenHistory history, int window) {
    for (int back = 0; back < window && heads.length > 0; back++) {
      int tail = longestTail(history, back);
      if (tail >= 0) {
        return back - tail;
      }
    }
    return window;
  }

  /**
   * Length of the longest tail after the token {@code back} positions before the end; -1 if none.
   */
  private int longestTail(TokenHistory history, int back) {
    int index = Arrays.binarySearch(heads, history.fromEnd(back));
    int longest = -1;
    if (index >= 0) {
      for (int[] tail : tails[index]) {
        if (tail.length > longest && tail.length <= back && follows(history, back, tail)) {
          longest = tail.length;
        }
      }
    }
    return longest;
  }

  private static boolean follows(TokenHistory history, int back, int[] tail) {
    for (int i = 0; i < tail.length; i++) {
      if (history.fromEnd(back - 1 - i) != tail[i]) {
        return false;
      }
    }
    return true;
  }
}
