package dev.mor4j.cli.batch;

import dev.mor4j.engine.GenerationStatistics;

/** What became of one of many prompts. */
sealed interface BatchResult {
  /** What was asked. */
  BatchPrompt prompt();

  /**
   * An answer.
   *
   * @param text behind the prompt
   */
  record Answered(BatchPrompt prompt, String text, GenerationStatistics statistics)
      implements BatchResult {}

  /**
   * No answer.
   *
   * @param reason one line
   */
  record Failed(BatchPrompt prompt, String reason) implements BatchResult {}
}
