package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * From a tensor's name to its type. Norms, routers, recursion encodings and all vectors stay as
 * they are; other matrices get the type that is named for them, else that of the mix.
 */
final class QuantizationRecipe {
  private static final Pattern LAYER = Pattern.compile("^blk\\.(\\d{1,9})\\.");

  private final RecipeOptions options;
  private final TypeMix mix;
  private final boolean hasHead;

  /**
   * @param hasImportances whether an importance matrix is given, which lets some types do with less
   */
  QuantizationRecipe(RecipeOptions options, SourceModel model, boolean hasImportances) {
    this.options = options;
    this.mix = new TypeMix(options.type(), model, hasImportances);
    this.hasHead = model.hasHead();
  }

  /**
   * What becomes of every tensor of a file.
   *
   * @throws QuantizationException if a rule matches no matrix
   * @throws GgufFormatException if the file's metadata does not say what the types depend on
   */
  static List<TensorPlan> plan(RecipeOptions options, GgufFile file, boolean hasImportances)
      throws GgufFormatException, QuantizationException {
    QuantizationRecipe recipe =
        new QuantizationRecipe(options, SourceModel.of(file), hasImportances);
    for (TensorTypeRule rule : options.rules()) {
      if (file.tensors().stream().noneMatch(tensor -> isMatrix(tensor, rule))) {
        throw new QuantizationException(
            file.path(),
            "'%s' is part of no name of a matrix that can be quantized (see mor inspect)"
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
    return TensorRole.of(tensor) != TensorRole.KEPT && rule.matches(tensor.name());
  }

  /** What becomes of one tensor. */
  TensorPlan planOf(GgufTensorInfo tensor) {
    TensorRole role = TensorRole.of(tensor);
    if (role == TensorRole.KEPT) {
      return new TensorPlan(tensor, tensor.type(), tensor.type());
    }
    long rowValues = tensor.shape().size0();
    TensorType wanted =
        named(role, tensor.name())
            .orElseGet(
                () ->
                    options.isPure()
                        ? options.type().tensorType()
                        : mix.typeOf(role, layer(tensor.name()), rowValues));
    return new TensorPlan(tensor, wanted, WeightTypes.fitting(wanted, rowValues));
  }

  private Optional<TensorType> named(TensorRole role, String name) {
    if (role == TensorRole.TOKEN_EMBEDDING && options.tokenEmbeddingType().isPresent()) {
      return options.tokenEmbeddingType();
    }
    boolean isHead = role == TensorRole.OUTPUT || (role == TensorRole.TOKEN_EMBEDDING && !hasHead);
    if (isHead && options.outputTensorType().isPresent()) {
      return options.outputTensorType();
    }
    return options.rules().stream()
        .filter(rule -> rule.matches(name))
        .map(TensorTypeRule::type)
        .findFirst();
  }

  private static int layer(String name) {
    Matcher layer = LAYER.matcher(name);
    return layer.find() ? Integer.parseInt(layer.group(1)) : 0;
  }
}
