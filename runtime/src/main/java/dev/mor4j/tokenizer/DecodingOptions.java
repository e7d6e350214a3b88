package dev.mor4j.tokenizer;

/**
 * How a {@link TokenDecoder} turns tokens into text.
 *
 * @param continuesText whether the tokens continue a text rather than start one. SentencePiece
 *     tokenizers add a space before a text, and decoding removes it from the first token of the
 *     text; a continuation keeps all of its spaces
 * @param showsControlTokens whether control tokens, such as {@code <|im_end|>}, are part of the
 *     text; otherwise they are left out
 */
public record DecodingOptions(boolean continuesText, boolean showsControlTokens) {
  /** A text from its first token on, control tokens included. */
  public static final DecodingOptions WHOLE_TEXT = new DecodingOptions(false, true);
}
