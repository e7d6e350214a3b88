package dev.mor4j.tokenizer;

/** Joins all tokens into one and decodes their {@link ByteAlphabet} spelling as UTF-8. */
final class ByteLevelStage extends WholeTokenStage {
  private final Utf8Assembler assembler = new Utf8Assembler();
  private final StringBuilder decoded = new StringBuilder();

  ByteLevelStage(DecodingStage next) {
    super(next);
  }

  @Override
  void token(String text) {
    assembler.accept(ByteAlphabet.decode(text), decoded);
    sendDecoded();
  }

  @Override
  public void end() {
    assembler.finish(decoded);
    sendDecoded();
    next.endToken();
    next.end();
  }

  private void sendDecoded() {
    next.text(decoded.toString());
    decoded.setLength(0);
  }
}
