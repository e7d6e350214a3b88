package dev.mor4j.cli.batch;

import dev.mor4j.engine.GenerationStatistics;

/** The result of one prompt of a batch. */
sealed interface BatchResult {
  /** The prompt. */
  BatchPrompt prompt();

  /**
   * A generated text.
   *
   * @param text the text after the prompt
   */
  record Answered(BatchPrompt prompt, String text, GenerationStatistics statistics)
      implements BatchResult {}

  /**
   * A failure.
   *
   * @param reason the message, on one line
   */
  record Failed(BatchPrompt prompt, String reason) implements BatchResult {}
}
