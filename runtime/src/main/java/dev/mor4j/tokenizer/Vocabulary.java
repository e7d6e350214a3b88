package dev.mor4j.tokenizer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The model's tokens by id and by spelling. Ids may have gaps. Immutable. */
final class Vocabulary {

  /** No such token. */
  static final int NONE = -1;

  private final @Nullable String[] tokens;
  // Ids, by the token's hash, with open addressing.
  private final int[] table;
  private final int size;

  private Vocabulary(@Nullable String[] tokens, int[] table, int size) {
    this.tokens = tokens;
    this.table = table;
    this.size = size;
  }

  /**
   * Creates a vocabulary in which {@code texts[i]} has the id {@code ids[i]}.
   *
   * @throws UnsupportedTokenizerException if a text or an id occurs twice, or an id is out of range
   */
  static Vocabulary of(String[] texts, int[] ids) throws UnsupportedTokenizerException {
    // Real vocabularies have few gaps. The limit keeps memory in proportion to the file.
    int limit = 2 * texts.length + 256;
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= limit) {
        throw UnsupportedTokenizerException.at(
            "model.vocab." + MessageText.quote(texts[i]),
            "an id in 0.." + (limit - 1),
            "" + ids[i]);
      }
    }
    return sparse(texts, ids);
  }

  /**
   * As {@link #of}, for ids that the caller has checked: memory is in proportion to the highest id.
   *
   * @throws UnsupportedTokenizerException if a text or an id occurs twice
   */
  static Vocabulary sparse(String[] texts, int[] ids) throws UnsupportedTokenizerException {
    int idCount = Arrays.stream(ids).map(id -> id + 1).max().orElse(0);
    @Nullable String[] tokens = new @Nullable String[idCount];
    int[] table = new int[Integer.highestOneBit(Math.max(4, texts.length)) << 2];
    Arrays.fill(table, NONE);
    Vocabulary vocabulary = new Vocabulary(tokens, table, texts.length);
    for (int i = 0; i < ids.length; i++) {
      vocabulary.put(texts[i], ids[i]);
    }
    return vocabulary;
  }

  private void put(String text, int id) throws UnsupportedTokenizerException {
    String other = tokens[id];
    if (other != null) {
      throw UnsupportedTokenizerException.at(
          "model.vocab." + MessageText.quote(text),
          "an unused id",
          id + ", the id of " + MessageText.quote(other));
    }
    if (id(text) != NONE) {
      throw UnsupportedTokenizerException.at(
          "model.vocab." + MessageText.quote(text), "one entry", "two");
    }
    tokens[id] = text;
    int slot = slot(text.hashCode());
    while (table[slot] != NONE) {
      slot = (slot + 1) & (table.length - 1);
    }
    table[slot] = id;
  }

  /** Number of tokens. */
  int size() {
    return size;
  }

  /** The highest id plus 1. */
  int idCount() {
    return tokens.length;
  }

  /** The token's text, or null if no token has this id. */
  @Nullable String token(int id) {
    return id >= 0 && id < tokens.length ? tokens[id] : null;
  }

  /** The token's id, or {@link #NONE}. */
  int id(String text) {
    for (int slot = slot(text.hashCode()); ; slot = (slot + 1) & (table.length - 1)) {
      int id = table[slot];
      if (id == NONE || text.equals(tokens[id])) {
        return id;
      }
    }
  }

  /** The id of the token spelled by {@code chars[from, to)}, or {@link #NONE}. */
  int id(char[] chars, int from, int to) {
    int hash = 0; // as String.hashCode
    for (int i = from; i < to; i++) {
      hash = 31 * hash + chars[i];
    }
    for (int slot = slot(hash); ; slot = (slot + 1) & (table.length - 1)) {
      int id = table[slot];
      if (id == NONE || spells(chars, from, to, tokens[id])) {
        return id;
      }
    }
  }

  private static boolean spells(char[] chars, int from, int to, @Nullable String token) {
    if (token == null || token.length() != to - from) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (chars[i] != token.charAt(i - from)) {
        return false;
      }
    }
    return true;
  }

  private int slot(int hash) {
    int mixed = hash * 0x9E3779B9;
    return (mixed ^ (mixed >>> 16)) & (table.length - 1);
  }
}
