package dev.mor4j.tokenizer;

import java.util.Arrays;

/** Holds merges as characters, left and right token joined, until the vocabulary is complete. */
final class MergeBuffer {

  private char[] chars = new char[1024];
  private int length;
  private final IntList middles = new IntList();
  private final IntList ends = new IntList();

  int size() {
    return ends.size();
  }

  /** The path of the next merge in the file, for messages. */
  String nextPath() {
    return path(size());
  }

  private static String path(int rank) {
    return "model.merges[" + rank + "]";
  }

  /** Adds a merge of the older form: two tokens with a space between. */
  void addJoined(char[] source, int offset, int count) throws UnsupportedTokenizerException {
    int space = -1;
    int spaces = 0;
    for (int i = 0; i < count; i++) {
      if (source[offset + i] == ' ') {
        space = i;
        spaces++;
      }
    }
    String version = "#version";
    if (count >= version.length()
        && source[offset] == '#'
        && version.equals(new String(source, offset, version.length()))) {
      return; // the first line of old merges.txt files
    }
    if (spaces != 1) {
      throw UnsupportedTokenizerException.at(
          nextPath(),
          "two tokens with one space between",
          MessageText.quote(new String(source, offset, count)));
    }
    reserve(count);
    System.arraycopy(source, offset, chars, length, space);
    System.arraycopy(source, offset + space + 1, chars, length + space, count - space - 1);
    append(space, count - 1);
  }

  /** Adds a merge of two tokens. */
  void add(String left, String right) {
    reserve(left.length() + right.length());
    left.getChars(0, left.length(), chars, length);
    right.getChars(0, right.length(), chars, length + left.length());
    append(left.length(), left.length() + right.length());
  }

  private void reserve(int count) {
    if (length + count > chars.length) {
      chars = Arrays.copyOf(chars, Math.max(2 * chars.length, length + count));
    }
  }

  private void append(int middle, int count) {
    middles.add(length + middle);
    length += count;
    ends.add(length);
  }

  /**
   * Returns the merges as ids, ranked by their order.
   *
   * @throws UnsupportedTokenizerException if the vocabulary lacks a token of a merge or its result
   */
  MergeTable resolve(Vocabulary vocabulary) throws UnsupportedTokenizerException {
    MergeTable table = new MergeTable(size());
    int start = 0;
    for (int rank = 0; rank < size(); rank++) {
      int middle = middles.get(rank);
      int end = ends.get(rank);
      table.put(
          resolve(vocabulary, rank, start, middle),
          resolve(vocabulary, rank, middle, end),
          rank,
          resolve(vocabulary, rank, start, end));
      start = end;
    }
    return table;
  }

  private int resolve(Vocabulary vocabulary, int rank, int from, int to)
      throws UnsupportedTokenizerException {
    int id = vocabulary.id(chars, from, to);
    if (id == Vocabulary.NONE) {
      throw UnsupportedTokenizerException.at(
          path(rank),
          "tokens of the vocabulary",
          MessageText.quote(new String(chars, from, to - from)));
    }
    return id;
  }
}
