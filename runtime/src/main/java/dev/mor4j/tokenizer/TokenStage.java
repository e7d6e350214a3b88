package dev.mor4j.tokenizer;

/** A stage that needs its tokens whole. */
abstract class TokenStage implements TokenSink {

  final TokenSink next;
  private final StringBuilder token = new StringBuilder();

  TokenStage(TokenSink next) {
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
