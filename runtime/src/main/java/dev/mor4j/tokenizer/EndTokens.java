package dev.mor4j.tokenizer;

import java.util.Set;

/**
 * Control tokens that end a text or a turn in published models. Files often name only one of them
 * as the end of text, while chat models end their turns with another.
 */
final class EndTokens {
  private static final Set<String> TURN_ENDS =
      Set.of(
          "<|eot_id|>", // Llama 3
          "<|eot|>", // Llama 4
          "<|im_end|>", // ChatML: Qwen, SmolLM
          "<|end|>", // Phi
          "<end_of_turn>", // Gemma
          "<|end_of_turn|>",
          "<|endofturn|>",
          "<end_of_utterance>", // SmolVLM
          "<EOT>",
          "_<EOT>",
          "[EOT]");

  private static final Set<String> MESSAGE_ENDS = Set.of("<|eom_id|>", "<|eom|>");

  private static final Set<String> TEXT_ENDS =
      Set.of(
          "</s>",
          "<eos>",
          "[EOS]",
          "<|endoftext|>",
          "<|end_of_text|>",
          "<\uFF5Cend\u2581of\u2581sentence\uFF5C>"); // DeepSeek

  private EndTokens() {}

  /** Whether a control token of this spelling ends a turn of a conversation. */
  static boolean endsTurn(String token) {
    return TURN_ENDS.contains(token);
  }

  /** Whether a control token of this spelling ends a message that a tool answers. */
  static boolean endsMessage(String token) {
    return MESSAGE_ENDS.contains(token);
  }

  /** Whether a control token of this spelling ends a text, a turn or a message. */
  static boolean isEnd(String token) {
    return TEXT_ENDS.contains(token) || endsTurn(token) || endsMessage(token);
  }
}
