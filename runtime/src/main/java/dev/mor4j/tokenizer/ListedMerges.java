package dev.mor4j.tokenizer;

import java.util.Arrays;
import java.util.List;

/** Builds merges from the lists of a GGUF file: explicit merges, or scores of tokens. */
final class ListedMerges {
  private static final String MERGES = "tokenizer.ggml.merges";

  private ListedMerges() {}

  /**
   * Returns explicit merges.
   *
   * @param merges two tokens with a space between, in order of priority
   * @throws UnsupportedTokenizerException if an entry is not two tokens that join to a third
   */
  static MergeTable of(List<String> merges, Vocabulary vocabulary)
      throws UnsupportedTokenizerException {
    MergeTable table = new MergeTable(merges.size());
    for (int rank = 0; rank < merges.size(); rank++) {
      String merge = merges.get(rank);
      int space = merge.indexOf(' ', 1);
      int left = space < 0 ? Vocabulary.NONE : vocabulary.id(merge.substring(0, space));
      int right = space < 0 ? Vocabulary.NONE : vocabulary.id(merge.substring(space + 1));
      int merged =
          space < 0
              ? Vocabulary.NONE
              : vocabulary.id(merge.substring(0, space) + merge.substring(space + 1));
      if (left == Vocabulary.NONE || right == Vocabulary.NONE || merged == Vocabulary.NONE) {
        throw UnsupportedTokenizerException.inFile(
            MERGES + "[" + rank + "]",
            "two tokens that join to a third, with a space between",
            MessageText.quote(merge));
      }
      table.put(left, right, rank, merged);
    }
    return table;
  }

  /**
   * Returns the merges that SentencePiece's scores imply: any two tokens merge if they join to a
   * third. The merge with the highest score goes first, the leftmost one of equal scores.
   *
   * @param scores scores by id, or empty if all are equal
   */
  static MergeTable byScore(Vocabulary vocabulary, float[] scores) {
    IntList lefts = new IntList();
    IntList rights = new IntList();
    IntList joined = new IntList();
    for (int id = 0; id < vocabulary.idCount(); id++) {
      String token = vocabulary.token(id);
      char[] chars = token == null ? new char[0] : token.toCharArray();
      for (int middle = 1; middle < chars.length; middle++) {
        int left = vocabulary.id(chars, 0, middle);
        int right = left < 0 ? Vocabulary.NONE : vocabulary.id(chars, middle, chars.length);
        if (right >= 0) {
          lefts.add(left);
          rights.add(right);
          joined.add(id);
        }
      }
    }
    int[] ranks = ranks(vocabulary.idCount(), scores);
    MergeTable table = new MergeTable(joined.size());
    for (int i = 0; i < joined.size(); i++) {
      table.put(lefts.get(i), rights.get(i), ranks[joined.get(i)], joined.get(i));
    }
    return table;
  }

  /** The rank of each id's score, 0 for the highest; equal scores have equal ranks. */
  private static int[] ranks(int idCount, float[] scores) {
    int[] ranks = new int[idCount];
    if (scores.length == 0) {
      return ranks;
    }
    float[] ascending = scores.clone();
    Arrays.sort(ascending);
    int highest = ascending.length - 1;
    for (int id = 0; id < idCount; id++) {
      ranks[id] = highest - first(ascending, scores[id]);
    }
    return ranks;
  }

  /** The index of the first occurrence of a score. */
  private static int first(float[] ascending, float score) {
    int low = 0;
    int high = ascending.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Float.compare(ascending[middle], score) < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
