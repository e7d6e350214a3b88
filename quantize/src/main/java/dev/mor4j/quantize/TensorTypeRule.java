package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import java.util.regex.Pattern;

/**
 * A type for all matrices whose name has a match.
 *
 * @param name found anywhere in a tensor's name, as {@code attn_v} or {@code blk\.[01]\.ffn_down}
 * @param type one of weights
 */
public record TensorTypeRule(Pattern name, TensorType type) {
  public TensorTypeRule {
    if (!WeightTypes.isReadable(type)) {
      throw new IllegalArgumentException(type + ": no matrix can be written so");
    }
  }

  boolean matches(String tensorName) {
    return name.matcher(tensorName).find();
  }

  /** As on the command line: {@code attn_v=Q6_K}. */
  @Override
  public String toString() {
    return name + "=" + type;
  }
}
