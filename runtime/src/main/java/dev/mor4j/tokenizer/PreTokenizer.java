package dev.mor4j.tokenizer;

import java.util.List;
import java.util.function.Consumer;

/** Splits a text into the words that the model encodes one by one. */
sealed interface PreTokenizer {

  /** Emits the words of {@code piece} in order, without empty ones. */
  void split(Piece piece, Consumer<Piece> out);

  /** The whole text is one word. */
  record None() implements PreTokenizer {
    @Override
    public void split(Piece piece, Consumer<Piece> out) {
      out.accept(piece);
    }
  }

  /** Several pre-tokenizers; each splits the words of the one before. */
  record Chain(List<PreTokenizer> parts) implements PreTokenizer {

    public Chain {
      parts = List.copyOf(parts);
    }

    @Override
    public void split(Piece piece, Consumer<Piece> out) {
      splitFrom(0, piece, out);
    }

    private void splitFrom(int part, Piece piece, Consumer<Piece> out) {
      if (part == parts.size()) {
        out.accept(piece);
      } else {
        parts.get(part).split(piece, word -> splitFrom(part + 1, word, out));
      }
    }
  }

  /** Splits at a pattern: {@code Split} and {@code Digits} in the file. */
  record AtPattern(Splitter splitter) implements PreTokenizer {

    private static final TextPattern DIGIT = TextPattern.builtIn("\\p{N}");

    static AtPattern digits(boolean individual) {
      return new AtPattern(
          new Splitter(DIGIT, individual ? SplitBehavior.ISOLATED : SplitBehavior.CONTIGUOUS));
    }

    @Override
    public void split(Piece piece, Consumer<Piece> out) {
      splitter.split(piece, out);
    }
  }

  /**
   * Spells the text in the {@link ByteAlphabet}.
   *
   * @param prefixSpace whether a space is put before the text
   * @param splitsWords whether the text is split into GPT-2's words first
   */
  record ByteLevel(boolean prefixSpace, boolean splitsWords) implements PreTokenizer {

    private static final Splitter WORDS =
        new Splitter(
            TextPattern.builtIn(
                "'s|'t|'re|'ve|'m|'ll|'d"
                    + "| ?\\p{L}+| ?\\p{N}+| ?[^\\p{IsWhite_Space}\\p{L}\\p{N}]+"
                    + "|\\p{IsWhite_Space}+(?!\\P{IsWhite_Space})|\\p{IsWhite_Space}+"),
            SplitBehavior.ISOLATED);

    @Override
    public void split(Piece piece, Consumer<Piece> out) {
      boolean prefixed = prefixSpace && !piece.text().startsWith(" ");
      Piece whole = prefixed ? piece.withText(" " + piece.text()) : piece;
      if (splitsWords) {
        WORDS.split(whole, word -> out.accept(word.withText(ByteAlphabet.encode(word.text()))));
      } else {
        out.accept(whole.withText(ByteAlphabet.encode(whole.text())));
      }
    }
  }

  /**
   * SentencePiece's splitting: spaces become a visible character, and words start with it.
   *
   * @param replacement the visible character
   * @param prepend which pieces get one at their start
   * @param splitsWords whether the text is split before each visible character
   */
  record Metaspace(String replacement, PrependScheme prepend, boolean splitsWords)
      implements PreTokenizer {

    @Override
    public void split(Piece piece, Consumer<Piece> out) {
      String text = piece.text().replace(" ", replacement);
      boolean prepends =
          switch (prepend) {
            case ALWAYS -> true;
            case FIRST -> piece.startsText();
            case NEVER -> false;
          };
      if (prepends && !text.startsWith(replacement)) {
        text = replacement + text;
      }
      Piece whole = piece.withText(text);
      if (splitsWords) {
        words().split(whole, out);
      } else {
        out.accept(whole);
      }
    }

    private Splitter words() {
      return new Splitter(TextPattern.literal(replacement), SplitBehavior.MERGED_WITH_NEXT);
    }
  }

  /** Which pieces of a text get a leading {@link Metaspace} character. */
  enum PrependScheme {
    ALWAYS,
    FIRST,
    NEVER
  }
}
