package dev.mor4j.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Encodes single words by byte-pair encoding. Thread-safe. */
final class BpeModel {

  // As many words as Hugging Face's cache holds. Long words rarely repeat.
  private static final int CACHED_WORDS = 10_000;
  private static final int CACHED_LENGTH = 256;

  private final Vocabulary vocabulary;
  private final MergeTable merges;
  private final BpeOptions options;
  private final Map<String, int[]> cache = new ConcurrentHashMap<>();

  BpeModel(Vocabulary vocabulary, MergeTable merges, BpeOptions options) {
    this.vocabulary = vocabulary;
    this.merges = merges;
    this.options = options;
  }

  Vocabulary vocabulary() {
    return vocabulary;
  }

  /** Appends the ids of one word. */
  void encode(String word, IntList out) {
    if (options.ignoreMerges()) {
      int id = vocabulary.id(word);
      if (id != Vocabulary.NONE) {
        out.add(id);
        return;
      }
    }
    int[] cached = cache.get(word);
    if (cached == null) {
      cached = new WordMerger(merges, symbols(word)).merge();
      if (word.length() <= CACHED_LENGTH && cache.size() < CACHED_WORDS) {
        cache.put(word, cached);
      }
    }
    out.addAll(cached);
  }

  /**
   * Returns one token per character. Characters that are not in the vocabulary become byte tokens,
   * the unknown token, or nothing.
   */
  private int[] symbols(String word) {
    IntList symbols = new IntList();
    char[] chars = word.toCharArray();
    boolean unknownPending = false;
    for (int i = 0, next; i < chars.length; i = next) {
      next = i + (Character.isHighSurrogate(chars[i]) && i + 1 < chars.length ? 2 : 1);
      int id = vocabulary.id(chars, i, next);
      if (id != Vocabulary.NONE) {
        if (unknownPending) {
          symbols.add(options.unknownId());
          unknownPending = false;
        }
        symbols.add(id);
      } else if (!addBytes(chars, i, next, symbols) && options.unknownId() != Vocabulary.NONE) {
        // Byte tokens do not end a run of unknown characters: Hugging Face emits it after them.
        if (unknownPending && !options.fuseUnknown()) {
          symbols.add(options.unknownId());
        }
        unknownPending = true;
      }
    }
    if (unknownPending) {
      symbols.add(options.unknownId());
    }
    return symbols.toArray();
  }

  /** Adds the byte tokens of a character if the model uses them and has all of them. */
  private boolean addBytes(char[] chars, int from, int to, IntList symbols) {
    if (!options.byteFallback()) {
      return false;
    }
    byte[] bytes = new String(chars, from, to - from).getBytes(StandardCharsets.UTF_8);
    int[] ids = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      ids[i] = vocabulary.id(byteToken(bytes[i]));
      if (ids[i] == Vocabulary.NONE) {
        return false;
      }
    }
    symbols.addAll(ids);
    return true;
  }

  /** The token of one byte, such as {@code <0x0A>}. */
  private static String byteToken(byte value) {
    return "<0x" + HexFormat.of().toHexDigits(value).toUpperCase(Locale.ROOT) + ">";
  }
}
