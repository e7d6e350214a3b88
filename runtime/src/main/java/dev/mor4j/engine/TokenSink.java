package dev.mor4j.engine;

/** Where a generation's tokens go. Called on the engine's thread; must return at once. */
interface TokenSink {
  void emit(Token token);

  void finish(GenerationStatistics outcome);

  void fail(RuntimeException cause);
}
