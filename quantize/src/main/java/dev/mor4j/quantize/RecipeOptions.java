package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import java.util.List;
import java.util.Optional;

/**
 * The types of matrices. Types for single matrices take precedence over the mix of the file type.
 *
 * @param type type of the file
 * @param isPure whether all matrices get the same type, without better types for some
 * @param outputTensorType type of the head, or of the token embedding if the head is tied to it
 * @param tokenEmbeddingType type of the token embedding
 * @param rules types for other matrices; the first rule that matches applies
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

  /** The usual mix of a type. */
  public static RecipeOptions of(FileType type) {
    return new RecipeOptions(type, false, Optional.empty(), Optional.empty(), List.of());
  }
}
