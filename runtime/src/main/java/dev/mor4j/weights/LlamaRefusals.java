package dev.mor4j.weights;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufMetadata;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.model.TensorNames;
import dev.mor4j.model.TensorNames.BlockTensor;
import java.util.HashSet;
import java.util.Set;

/**
 * What the engine does not compute in files of the architecture {@code llama}: experts, biases,
 * stretched positions, windows, scales. Every key and tensor that is not known to be harmless is
 * refused, since a model run without one of them would answer, but wrongly.
 */
final class LlamaRefusals {
  private static final String PREFIX = "llama.";

  /** Keys that are read elsewhere, or say nothing that changes the result. */
  private static final Set<String> KNOWN =
      Set.of(
          "context_length",
          "embedding_length",
          "feed_forward_length",
          "block_count",
          "vocab_size",
          "attention.head_count",
          "attention.head_count_kv",
          "attention.key_length",
          "attention.value_length",
          "attention.layer_norm_rms_epsilon",
          "rope.freq_base",
          "rope.dimension_count",
          // Only these change nothing by themselves: scaling itself is refused.
          "rope.scaling.original_context_length",
          "rope.scaling.finetuned");

  /** Factors, which may be given as long as they are 1. */
  private static final Set<String> FACTORS =
      Set.of(
          "rope.scaling.factor",
          "rope.scale_linear",
          "rope.scaling.attn_factor",
          "logit_scale",
          "residual_scale",
          "embedding_scale");

  private LlamaRefusals() {}

  static void check(GgufFile file, int blockCount) throws GgufFormatException {
    for (String key : file.metadata().keys()) {
      if (key.startsWith(PREFIX) && !KNOWN.contains(key.substring(PREFIX.length()))) {
        check(file.metadata(), key);
      }
    }
    Set<String> used = tensors(blockCount);
    for (GgufTensorInfo tensor : file.tensors()) {
      if (!used.contains(tensor.name())) {
        throw new GgufFormatException(
            file.path(),
            tensor.name(),
            "the tensors of a plain Llama model",
            tensor.name().endsWith(".bias")
                ? "a bias, which mor4j does not add"
                : "one that mor4j does not use");
      }
    }
  }

  private static void check(GgufMetadata metadata, String key) throws GgufFormatException {
    GgufValue value = metadata.find(key).orElseThrow();
    String expected = neutral(key.substring(PREFIX.length()));
    boolean isNeutral =
        switch (value) {
          case GgufValue.Whole whole -> whole.value() == 0;
          case GgufValue.Float32(float number) ->
              number == 0 || (expected.equals("1") && number == 1);
          case GgufValue.Float64(double number) -> number == 0;
          case GgufValue.Bool(boolean truth) -> String.valueOf(truth).equals(expected);
          case GgufValue.Text(String text) -> text.equals(expected);
          case GgufValue.ScalarArray _, GgufValue.TextArray _ -> false;
        };
    if (!isNeutral) {
      throw new GgufFormatException(
          metadata.file(), key, expected + ", as mor4j does nothing else here", value.preview());
    }
  }

  /** The value of a key at which it changes nothing. */
  private static String neutral(String key) {
    if (FACTORS.contains(key)) {
      return "1";
    }
    return switch (key) {
      case "rope.scaling.type" -> "none";
      case "attention.causal" -> "true";
      case "tensor_data_layout" -> "Meta AI original pth";
      default -> "no such key";
    };
  }

  private static Set<String> tensors(int blockCount) {
    Set<String> names = new HashSet<>();
    names.add(TensorNames.TOKEN_EMBEDDING);
    names.add(TensorNames.OUTPUT_NORM);
    names.add(TensorNames.OUTPUT);
    names.add(TensorNames.ROPE_FACTORS);
    for (int block = 0; block < blockCount; block++) {
      for (BlockTensor tensor : BlockTensor.values()) {
        if (tensor != BlockTensor.RECURSION_ENCODING) {
          names.add(TensorNames.block(block, tensor));
        }
      }
    }
    return names;
  }
}
