package dev.mor4j.quantize;

import dev.mor4j.architecture.Architecture;
import dev.mor4j.architecture.Architectures;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.TensorSpec;
import dev.mor4j.quantize.WorkProgress.Stage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Writes models of random weights, for measurements that depend on a model's size only. Weights are
 * drawn, encoded and written piece by piece on all cores; memory use does not depend on the model's
 * size. The models have no tokenizer: input and output are token ids.
 *
 * <p>A model without recursion has the architecture {@code llama} and also runs in llama.cpp.
 */
public final class RandomModel {
  /** The tokenizer key that llama.cpp requires of files without a tokenizer. */
  private static final String NO_TOKENIZER = "none";

  private static final float DEVIATION = 0.02f;

  private final RandomModelOptions options;
  private final MorConfig config;
  private final Architecture architecture;
  private final List<TensorPlan> plans;

  private RandomModel(RandomModelOptions options) throws QuantizationException {
    this.options = options;
    config = options.shape().config(options.choices());
    architecture = options.choices().architecture();
    SourceModel source =
        new SourceModel(
            architecture,
            config.recursion().storedBlockCount(),
            config.attention().headCount() / config.attention().kvHeadCount(),
            false);
    QuantizationRecipe recipe =
        new QuantizationRecipe(RecipeOptions.of(options.type()), source, false);
    plans = tensors(architecture, config).stream().map(recipe::planOf).toList();
    for (TensorPlan plan : plans) {
      Importances.none().require(plan, options.type(), options.output());
    }
  }

  /** The required tensors as F32, in the order of the file, with meaningless offsets. */
  static List<GgufTensorInfo> tensors(Architecture architecture, MorConfig config) {
    return architecture.tensors(config).specs().stream()
        .filter(tensor -> !tensor.isOptional())
        .map(RandomModel::float32)
        .toList();
  }

  private static GgufTensorInfo float32(TensorSpec tensor) {
    Shape shape = Shape.of(tensor.sizes());
    long bytes = Math.multiplyExact(Float.BYTES, shape.valueCount());
    return new GgufTensorInfo(
        tensor.name(), TensorType.F32, shape, tensor.sizes().length, 0, bytes);
  }

  /**
   * Writes one model. After a failure there is no output file, or an existing one is unchanged.
   *
   * @return the report; source types are F32, the type of the drawn values
   * @throws dev.mor4j.model.InvalidConfigException if shape and choices contradict each other
   * @throws QuantizationException if the type needs an importance matrix
   * @throws IOException if writing fails
   */
  public static QuantizationReport write(RandomModelOptions options, WorkProgress progress)
      throws IOException {
    RandomModel model = new RandomModel(options);
    model.write(progress);
    return new QuantizationReport(
        options.output(), options.type(), model.plans, List.of(), List.of(), Map.of());
  }

  private void write(WorkProgress listener) throws IOException {
    long totalBytes = plans.stream().mapToLong(TensorPlan::byteSize).sum();
    StageProgress progress = new StageProgress(listener, Stage.WRITE, totalBytes, plans.size());
    List<TensorRows> tensors = rows();
    try (GgufWriter writer = GgufWriter.create(options.output());
        RowsEncoder encoder = new RowsEncoder(tensors, options.threads())) {
      ModelMetadata.declare(writer, architecture, config, options.type());
      if (architecture.equals(Architectures.LLAMA)) {
        writer.metadata(MetadataKeys.TOKENIZER_MODEL, GgufValue.string(NO_TOKENIZER));
      }
      tensors.forEach(tensor -> writer.tensor(tensor.name(), tensor.type(), tensor.shape()));
      for (TensorRows tensor : tensors) {
        encoder.encode(
            tensor,
            Optional.empty(),
            piece -> {
              writer.write(tensor.name(), piece);
              progress.advanced(piece.byteSize());
            });
        progress.finished(0);
      }
      writer.commit();
    }
  }

  private List<TensorRows> rows() {
    SplittableRandom seeds = new SplittableRandom(options.seed());
    List<TensorRows> tensors = new ArrayList<>();
    for (TensorPlan plan : plans) {
      GgufTensorInfo drawn = plan.source();
      float mean = drawn.name().endsWith("_norm.weight") ? 1 : 0;
      RandomRows values = new RandomRows(seeds.nextLong(), drawn.shape().size0(), mean, DEVIATION);
      tensors.add(
          new TensorRows(options.output(), plan.name(), drawn.shape(), plan.type(), values));
    }
    return tensors;
  }
}
