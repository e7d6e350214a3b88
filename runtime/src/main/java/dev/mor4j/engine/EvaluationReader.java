package dev.mor4j.engine;

/** Receives the results of a sequence while it is computed. */
@FunctionalInterface
public interface EvaluationReader {
  /**
   * Receives the results of the next tokens, in order, on the engine's thread: all requests wait
   * for it. An exception ends the evaluation and is thrown to its caller.
   */
  void accept(EvaluatedRows rows);
}
