package dev.mor4j.tokenizer;

/** A stage that collects the fragments of a token and processes the token as a whole. */
abstract class WholeTokenStage implements DecodingStage {
  final DecodingStage next;
  private final StringBuilder token = new StringBuilder();

  WholeTokenStage(DecodingStage next) {
    this.next = next;
  }

  abstract void token(String text);

  @Override
  public final void text(String fragment) {
    token.append(fragment);
  }

  @Override
  public final void endToken() {
    String text = token.toString();
    token.setLength(0);
    token(text);
  }

  @Override
  public void end() {
    next.end();
  }
}
