package dev.mor4j.tokenizer;

/**
 * A part of the text on its way to the model.
 *
 * @param startsText whether it begins where the whole text begins
 */
record Piece(String text, boolean startsText) {

  Piece part(int start, int end) {
    return new Piece(text.substring(start, end), startsText && start == 0);
  }

  Piece withText(String changed) {
    return new Piece(changed, startsText);
  }
}
