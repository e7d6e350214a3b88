package dev.mor4j.engine;

/** Reads the numbers of a sequence while it is computed. */
@FunctionalInterface
public interface EvaluationReader {
  /**
   * Takes the next tokens' numbers, in order, on the engine's thread. An exception ends the
   * evaluation and reaches its caller.
   */
  void accept(EvaluatedRows rows);
}
