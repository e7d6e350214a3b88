package dev.mor4j.tokenizer;

/**
 * Turns runs of {@code <0xNN>} tokens into text. Each character is sent on as soon as its last byte
 * has arrived. Bytes that are not UTF-8 become U+FFFD, one for each maximal subpart of a character,
 * as {@link Utf8Assembler} says; Hugging Face's decoder, which sees whole texts only, replaces
 * every byte of a run that has one invalid byte in it.
 */
final class ByteFallbackStage extends WholeTokenStage {
  private final Utf8Assembler assembler = new Utf8Assembler();
  private final StringBuilder decoded = new StringBuilder();
  private boolean inRun;

  ByteFallbackStage(DecodingStage next) {
    super(next);
  }

  @Override
  void token(String text) {
    int value = byteValue(text);
    if (value >= 0) {
      inRun = true;
      assembler.accept(value, decoded);
      sendDecoded();
      return;
    }
    endRun();
    next.text(text);
    next.endToken();
  }

  @Override
  public void end() {
    endRun();
    next.end();
  }

  private void endRun() {
    if (inRun) {
      inRun = false;
      assembler.finish(decoded);
      sendDecoded();
      next.endToken();
    }
  }

  private void sendDecoded() {
    if (!decoded.isEmpty()) {
      next.text(decoded.toString());
      decoded.setLength(0);
    }
  }

  /** The byte that a token of the form {@code <0x0A>} stands for, or -1. */
  static int byteValue(String token) {
    if (token.length() != 6 || !token.startsWith("<0x") || !token.endsWith(">")) {
      return -1;
    }
    int high = Character.digit(token.charAt(3), 16);
    int low = Character.digit(token.charAt(4), 16);
    return high < 0 || low < 0 ? -1 : 16 * high + low;
  }
}
