package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import java.util.regex.Pattern;

/**
 * The type of all matrices whose name matches a pattern.
 *
 * @param name pattern that is searched in the tensor's name, such as {@code attn_v} or {@code
 *     blk\.[01]\.ffn_down}
 * @param type a type for weights
 */
public record TensorTypeRule(Pattern name, TensorType type) {
  public TensorTypeRule {
    if (!WeightTypes.isReadable(type)) {
      throw new IllegalArgumentException(type + " is not a type for weights");
    }
  }

  boolean matches(String tensorName) {
    return name.matcher(tensorName).find();
  }

  /** In the form {@code attn_v=Q6_K}. */
  @Override
  public String toString() {
    return name + "=" + type;
  }
}
