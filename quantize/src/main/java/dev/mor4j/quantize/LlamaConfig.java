package dev.mor4j.quantize;

import dev.mor4j.quantize.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The configuration of a Llama-like model in {@code config.json}, with the defaults of transformers
 * for absent keys.
 *
 * @param tree the whole file
 * @param layerCount layers as they run, before steps share them
 * @param keyLength values per head
 */
record LlamaConfig(
    ConfigTree tree,
    int vocabularySize,
    int embeddingLength,
    int feedForwardLength,
    int layerCount,
    int headCount,
    int kvHeadCount,
    int keyLength,
    double rmsEpsilon,
    double ropeFreqBase,
    int maxPositions) {

  static LlamaConfig read(Path file) throws IOException {
    ConfigTree tree = ConfigTree.json(file);
    requireSupported(tree);
    int embeddingLength = tree.requiredInteger("hidden_size");
    int headCount = tree.requiredInteger("num_attention_heads");
    if (headCount < 1) {
      throw tree.fault("num_attention_heads", "1 or more", headCount);
    }
    return new LlamaConfig(
        tree,
        tree.requiredInteger("vocab_size"),
        embeddingLength,
        tree.requiredInteger("intermediate_size"),
        tree.requiredInteger("num_hidden_layers"),
        headCount,
        tree.integer("num_key_value_heads").orElse(headCount),
        tree.integer("head_dim").orElse(embeddingLength / headCount),
        tree.number("rms_norm_eps").orElse(1e-6),
        tree.number("rope_theta").orElse(tree.number("rope_parameters.rope_theta").orElse(10_000)),
        tree.integer("max_position_embeddings").orElse(2048));
  }

  private static void requireSupported(ConfigTree tree) throws CheckpointException {
    requireWord(tree, "model_type", "llama");
    requireWord(tree, "hidden_act", "silu");
    for (String scaling : new String[] {"rope_scaling", "rope_parameters"}) {
      String type =
          tree.word(scaling + ".rope_type").or(() -> wordIfAny(tree, scaling)).orElse("default");
      if (!type.equals("default")) {
        throw tree.fault(scaling, "the default rotary embedding", type);
      }
    }
    for (String bias : new String[] {"attention_bias", "mlp_bias"}) {
      if (tree.flag(bias, false)) {
        throw tree.fault(bias, "false: biases are not supported", true);
      }
    }
    if (tree.has("quantization_config")) {
      throw tree.fault("quantization_config", "unquantized weights", "quantized ones");
    }
  }

  private static Optional<String> wordIfAny(ConfigTree tree, String scaling) {
    try {
      return tree.word(scaling + ".type");
    } catch (CheckpointException notAWord) {
      return Optional.of("an unreadable type");
    }
  }

  private static void requireWord(ConfigTree tree, String key, String expected)
      throws CheckpointException {
    String found = tree.word(key).orElse(expected);
    if (!found.equals(expected)) {
      throw tree.fault(key, expected, found);
    }
  }

  Path file() {
    return tree.file();
  }

  /** The last part of the name under which the model was published or trained. */
  Optional<String> publishedName() throws CheckpointException {
    return tree.word("_name_or_path")
        .map(path -> path.substring(path.lastIndexOf('/') + 1))
        .filter(name -> !name.isBlank());
  }
}
