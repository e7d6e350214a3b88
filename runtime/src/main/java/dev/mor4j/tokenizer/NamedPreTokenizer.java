package dev.mor4j.tokenizer;

import java.text.Normalizer;
import java.util.List;

/**
 * Pre-tokenizers of byte-level models that GGUF files give by name. The expressions are those of
 * the models' tokenizer.json files.
 */
enum NamedPreTokenizer {
  /** GPT-2's words. */
  GPT2(false) {
    @Override
    PreTokenizer preTokenizer() {
      return new PreTokenizer.ByteLevel(false, true);
    }
  },
  /** GPT-2's words, with each digit separate. */
  SMOLLM(false) {
    @Override
    PreTokenizer preTokenizer() {
      return new PreTokenizer.Chain(
          List.of(PreTokenizer.AtPattern.digits(true), new PreTokenizer.ByteLevel(false, true)));
    }
  },
  /** Llama 3: up to three digits together, line ends joined to the punctuation before them. */
  LLAMA3(true) {
    @Override
    PreTokenizer preTokenizer() throws UnsupportedTokenizerException {
      return split(LETTERS + "|\\p{N}{1,3}|" + PUNCTUATION_AND_SPACES);
    }
  },
  /** Qwen2: as Llama 3, with each digit separate and characters composed (NFC). */
  QWEN2(false) {
    @Override
    PreTokenizer preTokenizer() throws UnsupportedTokenizerException {
      return split(LETTERS + "|\\p{N}|" + PUNCTUATION_AND_SPACES);
    }

    @Override
    TextNormalizer normalizer() {
      return new TextNormalizer.UnicodeForm(Normalizer.Form.NFC);
    }
  },
  /** llama.cpp's default: punctuation, GPT-2's words, and digits in groups of three. */
  DEFAULT(false) {
    @Override
    PreTokenizer preTokenizer() throws UnsupportedTokenizerException {
      return split(
          "[\\p{P}\\$\\+<=>\\^~\\|]+",
          "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)",
          "\\p{N}+",
          "[0-9][0-9][0-9]");
    }
  };

  private static final String KEY = "tokenizer.ggml.pre";
  private static final String LETTERS =
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
  private static final String PUNCTUATION_AND_SPACES =
      " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  private final boolean takesWholeWords;

  NamedPreTokenizer(boolean takesWholeWords) {
    this.takesWholeWords = takesWholeWords;
  }

  /**
   * Returns the pre-tokenizer of a name.
   *
   * @throws UnsupportedTokenizerException if the name is unknown
   */
  static NamedPreTokenizer of(String name) throws UnsupportedTokenizerException {
    return switch (name) {
      case "gpt-2" -> GPT2;
      case "smollm" -> SMOLLM;
      case "llama-bpe", "llama3", "llama-v3" -> LLAMA3;
      case "qwen2" -> QWEN2;
      case "default", "" -> DEFAULT;
      default ->
          throw UnsupportedTokenizerException.inFile(
              KEY, "one of gpt-2, smollm, llama-bpe, qwen2, default", MessageText.quote(name));
    };
  }

  abstract PreTokenizer preTokenizer() throws UnsupportedTokenizerException;

  TextNormalizer normalizer() {
    return new TextNormalizer.None();
  }

  /** Whether a word that is in the vocabulary becomes one token, whatever the merges say. */
  boolean takesWholeWords() {
    return takesWholeWords;
  }

  private static PreTokenizer split(String... expressions) throws UnsupportedTokenizerException {
    PreTokenizer[] parts = new PreTokenizer[expressions.length + 1];
    for (int i = 0; i < expressions.length; i++) {
      parts[i] =
          new PreTokenizer.AtPattern(
              new Splitter(OnigurumaRegex.compile(expressions[i], KEY), SplitBehavior.ISOLATED));
    }
    parts[expressions.length] = new PreTokenizer.ByteLevel(false, false);
    return new PreTokenizer.Chain(List.of(parts));
  }
}
