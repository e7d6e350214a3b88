package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * Which matrices get which type. What is said of single matrices goes before the mix of the type.
 *
 * @param type what the file becomes
 * @param isPure whether all matrices get the type itself, without better types for some
 * @param outputTensorType type of the head, or of the token embedding where it serves as head
 * @param tokenEmbeddingType type of the token embedding
 * @param rules further exceptions; the first that matches counts
 */
public record RecipeOptions(
    FileType type,
    boolean isPure,
    Optional<TensorType> outputTensorType,
    Optional<TensorType> tokenEmbeddingType,
    List<TensorTypeRule> rules) {

  public RecipeOptions {
    rules = List.copyOf(rules);
  }

  /** The type with its usual mix. */
  public static RecipeOptions of(FileType type) {
    return new RecipeOptions(type, false, Optional.empty(), Optional.empty(), List.of());
  }
}
