package dev.mor4j.tokenizer;

/** Removes a character from both ends of each token, without waiting for the token's end. */
final class StripStage implements DecodingStage {
  private final Decoder.Strip strip;
  private final DecodingStage next;
  private int strippedCount;
  private boolean atTokenStart;
  // Trailing strippable characters so far: they are dropped if the token ends here.
  private int heldCount;

  /**
   * @param startsWithToken whether the first fragment starts a token; otherwise it continues one,
   *     and nothing is removed from its start
   */
  StripStage(Decoder.Strip strip, DecodingStage next, boolean startsWithToken) {
    this.strip = strip;
    this.next = next;
    atTokenStart = startsWithToken;
  }

  @Override
  public void text(String fragment) {
    StringBuilder kept = new StringBuilder(fragment.length());
    for (int at = 0; at < fragment.length(); ) {
      int c = fragment.codePointAt(at);
      accept(c, kept);
      at += Character.charCount(c);
    }
    next.text(kept.toString());
  }

  private void accept(int c, StringBuilder kept) {
    boolean isStrippable = c == strip.character();
    if (atTokenStart && isStrippable && strippedCount < strip.start()) {
      strippedCount++;
      return;
    }
    atTokenStart = false;
    if (!isStrippable) {
      release(heldCount, kept);
      kept.appendCodePoint(c);
      return;
    }
    heldCount++;
    if (heldCount > strip.stop()) {
      release(1, kept);
    }
  }

  private void release(int count, StringBuilder kept) {
    for (int i = 0; i < count; i++) {
      kept.appendCodePoint(strip.character());
    }
    heldCount -= count;
  }

  @Override
  public void endToken() {
    heldCount = 0;
    strippedCount = 0;
    atTokenStart = true;
    next.endToken();
  }

  @Override
  public void end() {
    next.end();
  }
}
