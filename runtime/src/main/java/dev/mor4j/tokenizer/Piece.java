package dev.mor4j.tokenizer;

/**
 * A part of a text between two steps of encoding.
 *
 * @param startsText whether it starts where the whole text starts
 */
record Piece(String text, boolean startsText) {

  Piece part(int start, int end) {
    return new Piece(text.substring(start, end), startsText && start == 0);
  }

  Piece withText(String changed) {
    return new Piece(changed, startsText);
  }
}
