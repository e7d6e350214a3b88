package dev.mor4j.quantize;

import dev.mor4j.quantize.checkpoint.CheckpointException;
import dev.mor4j.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Special tokens by tokenizer_config.json, config.json and generation_config.json.
 *
 * @param settings tokenizer_config.json, which names tokens by their text
 * @param config config.json, which names them by id
 * @param generation generation_config.json, likewise
 */
record SpecialTokenFiles(
    Optional<ConfigTree> settings, ConfigTree config, Optional<ConfigTree> generation) {

  static SpecialTokenFiles read(Path folder, LlamaConfig llama) throws IOException {
    return new SpecialTokenFiles(
        optional(folder.resolve("tokenizer_config.json")),
        llama.tree(),
        optional(folder.resolve("generation_config.json")));
  }

  private static Optional<ConfigTree> optional(Path file) throws IOException {
    return Files.exists(file) ? Optional.of(ConfigTree.json(file)) : Optional.empty();
  }

  boolean hasSettings() {
    return settings.isPresent();
  }

  /** Whether texts start with BOS, where the tokenizer's settings say so. */
  Optional<Boolean> addsBos() throws CheckpointException {
    return settings.isPresent() && settings.get().has("add_bos_token")
        ? Optional.of(settings.get().flag("add_bos_token", false))
        : Optional.empty();
  }

  /** Whether the tokenizer's class is one that adds BOS unless told otherwise. */
  boolean isLlamaTokenizer() {
    return settings
        .flatMap(tree -> tree.text("tokenizer_class"))
        .filter(name -> name.startsWith("LlamaTokenizer"))
        .isPresent();
  }

  /** The token that the tokenizer's settings name by its text, else by the configurations' id. */
  OptionalInt token(String which, Optional<Tokenizer> tokenizer) throws CheckpointException {
    if (settings.isPresent()) {
      OptionalInt named = namedToken(settings.get(), which + "_token", tokenizer);
      if (named.isPresent()) {
        return named;
      }
    }
    String key = which + "_token_id";
    OptionalInt inConfig = config.firstInteger(key);
    return inConfig.isPresent() || generation.isEmpty()
        ? inConfig
        : generation.get().firstInteger(key);
  }

  private static OptionalInt namedToken(
      ConfigTree settings, String key, Optional<Tokenizer> tokenizer) throws CheckpointException {
    // The token is a string, or an object with the string as its content.
    Optional<String> text =
        settings.has(key + ".content") ? settings.word(key + ".content") : settings.text(key);
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    for (Map.Entry<?, ?> added : settings.map("added_tokens_decoder").entrySet()) {
      if (added.getValue() instanceof Map<?, ?> token
          && text.get().equals(token.get("content"))
          && String.valueOf(added.getKey()).matches("\\d{1,9}")) {
        return OptionalInt.of(Integer.parseInt(String.valueOf(added.getKey())));
      }
    }
    return tokenizer.isPresent() ? tokenizer.get().id(text.get()) : OptionalInt.empty();
  }

  /** Every end token that config.json and generation_config.json name. */
  List<Integer> configuredEnds() throws CheckpointException {
    List<Integer> ids = new ArrayList<>(config.integers("eos_token_id"));
    if (generation.isPresent()) {
      ids.addAll(generation.get().integers("eos_token_id"));
    }
    return ids;
  }
}
