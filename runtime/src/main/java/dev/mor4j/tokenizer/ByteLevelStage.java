package dev.mor4j.tokenizer;

/** Joins all tokens to one and reads their {@link ByteAlphabet} spelling as UTF-8. */
final class ByteLevelStage extends TokenStage {

  private final Utf8Assembler assembler = new Utf8Assembler();
  private final StringBuilder certain = new StringBuilder();

  ByteLevelStage(TokenSink next) {
    super(next);
  }

  @Override
  void token(String text) {
    assembler.accept(ByteAlphabet.decode(text), certain);
    pass();
  }

  @Override
  public void end() {
    assembler.finish(certain);
    pass();
    next.endToken();
    next.end();
  }

  private void pass() {
    next.text(certain.toString());
    certain.setLength(0);
  }
}
