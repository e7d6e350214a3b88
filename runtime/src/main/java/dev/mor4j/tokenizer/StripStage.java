package dev.mor4j.tokenizer;

/** Takes a character off both ends of each token, without waiting for the whole token. */
final class StripStage implements TokenSink {

  private final Decoder.Strip strip;
  private final TokenSink next;
  private int stripped;
  private boolean atStart = true;
  // Characters to strip that are last so far; they go if the token ends here.
  private int held;

  StripStage(Decoder.Strip strip, TokenSink next) {
    this.strip = strip;
    this.next = next;
  }

  @Override
  public void text(String fragment) {
    StringBuilder kept = new StringBuilder();
    fragment.codePoints().forEach(c -> accept(c, kept));
    next.text(kept.toString());
  }

  private void accept(int c, StringBuilder kept) {
    boolean strippable = c == strip.character();
    if (atStart && strippable && stripped < strip.start()) {
      stripped++;
      return;
    }
    atStart = false;
    if (!strippable) {
      release(held, kept);
      kept.appendCodePoint(c);
      return;
    }
    held++;
    if (held > strip.stop()) {
      release(1, kept);
    }
  }

  private void release(int count, StringBuilder kept) {
    for (int i = 0; i < count; i++) {
      kept.appendCodePoint(strip.character());
    }
    held -= count;
  }

  @Override
  public void endToken() {
    held = 0;
    stripped = 0;
    atStart = true;
    next.endToken();
  }

  @Override
  public void end() {
    next.end();
  }
}
