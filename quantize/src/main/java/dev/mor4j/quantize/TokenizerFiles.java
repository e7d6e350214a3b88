package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** The tokenizer's part of the metadata, from the files beside the weights. */
final class TokenizerFiles {
  private static final long MAX_TOKENIZER_BYTES = 256L << 20;

  private final Path folder;
  private final LlamaConfig llama;

  TokenizerFiles(Path folder, LlamaConfig llama) {
    this.folder = folder;
    this.llama = llama;
  }

  /**
   * Declares the tokenizer's keys.
   *
   * @param notes receives what a reader of the report should know
   */
  void declare(GgufWriter writer, List<String> notes) throws IOException {
    Path tokenizer = folder.resolve("tokenizer.json");
    if (Files.exists(tokenizer)) {
      String text = ConfigTree.text(tokenizer, MAX_TOKENIZER_BYTES);
      if (!text.stripLeading().startsWith("{")) {
        throw new CheckpointException(tokenizer, "expected a JSON object");
      }
      writer.metadata(MetadataKeys.TOKENIZER_MODEL, GgufValue.string("gpt2"));
      writer.metadata(MetadataKeys.TOKENIZER_JSON, GgufValue.string(text));
    } else {
      notes.add("no tokenizer.json: commands that take text will not work, token ids will");
    }
    Optional<ConfigTree> settings = optional("tokenizer_config.json");
    Optional<ConfigTree> generation = optional("generation_config.json");
    declareToken(writer, MetadataKeys.BOS_TOKEN_ID, tokenId("bos", settings, generation), notes);
    declareToken(writer, MetadataKeys.EOS_TOKEN_ID, tokenId("eos", settings, generation), notes);
    boolean addBos = settings.isPresent() && settings.get().flag("add_bos_token", false);
    writer.metadata(MetadataKeys.ADD_BOS_TOKEN, GgufValue.bool(addBos));
  }

  private Optional<ConfigTree> optional(String name) throws IOException {
    Path file = folder.resolve(name);
    return Files.exists(file) ? Optional.of(ConfigTree.json(file)) : Optional.empty();
  }

  /** The id of the token that the tokenizer's settings name, else the one that configs number. */
  private OptionalInt tokenId(
      String which, Optional<ConfigTree> settings, Optional<ConfigTree> generation)
      throws CheckpointException {
    if (settings.isPresent()) {
      OptionalInt named = namedToken(settings.get(), which + "_token");
      if (named.isPresent()) {
        return named;
      }
    }
    OptionalInt inConfig = llama.tree().firstInteger(which + "_token_id");
    if (inConfig.isPresent() || generation.isEmpty()) {
      return inConfig;
    }
    return generation.get().firstInteger(which + "_token_id");
  }

  private static OptionalInt namedToken(ConfigTree settings, String key)
      throws CheckpointException {
    // The token is a string, or an object that has it as its content.
    Optional<String> wanted =
        settings.has(key + ".content") ? settings.word(key + ".content") : settings.text(key);
    for (Map.Entry<?, ?> added : settings.map("added_tokens_decoder").entrySet()) {
      if (wanted.isPresent()
          && added.getValue() instanceof Map<?, ?> token
          && wanted.get().equals(token.get("content"))
          && String.valueOf(added.getKey()).matches("\\d{1,9}")) {
        return OptionalInt.of(Integer.parseInt(String.valueOf(added.getKey())));
      }
    }
    return OptionalInt.empty();
  }

  private void declareToken(GgufWriter writer, String key, OptionalInt id, List<String> notes) {
    if (id.isEmpty()) {
      return;
    }
    if (id.getAsInt() < 0 || id.getAsInt() >= llama.vocabularySize()) {
      notes.add(
          "%s left out: expected 0..%d, found %d"
              .formatted(key, llama.vocabularySize() - 1, id.getAsInt()));
      return;
    }
    writer.metadata(key, GgufValue.uint32(id.getAsInt()));
  }
}
