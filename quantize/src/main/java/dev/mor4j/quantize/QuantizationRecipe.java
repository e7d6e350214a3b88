package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the type of each tensor. Norms, routers, recursion encodings and all vectors keep their
 * type; other matrices get the type that the options name for them, else that of the mix.
 */
final class QuantizationRecipe {
  private final RecipeOptions options;
  private final TypeMix mix;
  private final boolean hasHead;

  /**
   * @param hasImportances whether an importance matrix is given; the mix then uses smaller types
   */
  QuantizationRecipe(RecipeOptions options, SourceModel model, boolean hasImportances) {
    this.options = options;
    this.mix = new TypeMix(options.type(), model, hasImportances);
    this.hasHead = model.hasHead();
  }

  /**
   * Plans every tensor of a file.
   *
   * @throws QuantizationException if a rule matches no matrix
   * @throws GgufFormatException if the file's metadata lacks a key that the types depend on
   */
  static List<TensorPlan> plan(RecipeOptions options, GgufFile file, boolean hasImportances)
      throws GgufFormatException, QuantizationException {
    QuantizationRecipe recipe =
        new QuantizationRecipe(options, SourceModel.of(file), hasImportances);
    for (TensorTypeRule rule : options.rules()) {
      if (file.tensors().stream().noneMatch(tensor -> isMatrix(tensor, rule))) {
        throw new QuantizationException(
            file.path(),
            "'%s' does not match the name of any matrix that can be quantized"
                .formatted(rule.name()));
      }
    }
    List<TensorPlan> plans = new ArrayList<>();
    for (GgufTensorInfo tensor : file.tensors()) {
      plans.add(recipe.planOf(tensor));
    }
    return plans;
  }

  private static boolean isMatrix(GgufTensorInfo tensor, TensorTypeRule rule) {
    return isMatrix(tensor) && rule.matches(tensor.name());
  }

  /**
   * Whether a tensor is a weight matrix: by its role, or by name and shape if no architecture lists
   * it.
   */
  private static boolean isMatrix(GgufTensorInfo tensor) {
    String name = tensor.name();
    return tensor.shape().dimensionCount() > 1
        && TensorId.parse(name)
            .map(id -> id.role().isMatrix())
            .orElse(name.endsWith(".weight") && !name.endsWith("_norm.weight"));
  }

  /** Plans one tensor. */
  TensorPlan planOf(GgufTensorInfo tensor) {
    if (!isMatrix(tensor)) {
      return new TensorPlan(tensor, tensor.type(), tensor.type());
    }
    long rowValues = tensor.shape().size0();
    Optional<TensorId> id = TensorId.parse(tensor.name());
    TensorType wanted =
        named(id.map(TensorId::role).orElse(null), tensor.name())
            .orElseGet(
                () ->
                    options.isPure() || id.isEmpty()
                        ? options.type().tensorType()
                        : mix.typeOf(id.get().role(), id.get().block(), rowValues));
    return new TensorPlan(tensor, wanted, WeightTypes.fitting(wanted, rowValues));
  }

  private Optional<TensorType> named(@Nullable TensorRole role, String name) {
    boolean isEmbedding = role == TensorRole.TOKEN_EMBEDDING;
    if (isEmbedding && options.tokenEmbeddingType().isPresent()) {
      return options.tokenEmbeddingType();
    }
    boolean isHead = role == TensorRole.OUTPUT || (isEmbedding && !hasHead);
    if (isHead && options.outputTensorType().isPresent()) {
      return options.outputTensorType();
    }
    return options.rules().stream()
        .filter(rule -> rule.matches(name))
        .map(TensorTypeRule::type)
        .findFirst();
  }
}
