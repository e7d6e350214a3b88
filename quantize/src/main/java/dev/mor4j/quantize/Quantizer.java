package dev.mor4j.quantize;

import dev.mor4j.files.OutputTarget;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.quantize.QuantizationException.Reason;
import dev.mor4j.quantize.WorkProgress.Stage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Quantizes a GGUF model, tensor by tensor on all cores. A tensor whose type does not change is
 * copied byte for byte, and so are all keys but {@code general.file_type}, {@code
 * general.quantization_version} and those that name an importance matrix. Memory use does not
 * depend on the model's size.
 */
public final class Quantizer {
  private final QuantizationOptions options;
  private final GgufFile file;
  private final Importances importances;
  private final List<TensorPlan> plans;
  private final Map<String, EncodingError> errors = new LinkedHashMap<>();

  private Quantizer(QuantizationOptions options, GgufFile file) throws IOException {
    this.options = options;
    this.file = file;
    requireOtherFile();
    importances = Importances.read(options.importances());
    plans = QuantizationRecipe.plan(options.recipe(), file, importances.areGiven());
    for (TensorPlan plan : plans) {
      requireSource(plan);
      importances.require(plan, options.recipe().type(), file.path());
    }
  }

  /**
   * Quantizes one file. After a failure there is no output file, or an existing one is unchanged.
   *
   * @throws QuantizationException if the file cannot be quantized as asked
   * @throws IOException if reading or writing fails
   */
  public static QuantizationReport quantize(QuantizationOptions options, WorkProgress progress)
      throws IOException {
    try (GgufFile file = GgufFile.open(options.input())) {
      Quantizer quantizer = new Quantizer(options, file);
      quantizer.write(progress);
      return quantizer.report();
    }
  }

  /**
   * Plans what {@link #quantize} would do, without writing.
   *
   * @throws QuantizationException if the file cannot be quantized as asked
   * @throws IOException if reading fails
   */
  public static QuantizationReport plan(QuantizationOptions options) throws IOException {
    try (GgufFile file = GgufFile.open(options.input())) {
      return new Quantizer(options, file).report();
    }
  }

  private void requireOtherFile() throws IOException {
    List<Path> inputs = new ArrayList<>(List.of(options.input()));
    options.importances().ifPresent(inputs::add);
    OutputTarget.of(options.output()).requireNotIn(inputs);
  }

  private void requireSource(TensorPlan plan) throws QuantizationException {
    GgufTensorInfo source = plan.source();
    if (plan.isCopied()) {
      return;
    }
    if (!WeightTypes.isReadable(source.type())) {
      throw new QuantizationException(
          file.path(),
          "tensor %s: expected a type for weights, found %s"
              .formatted(source.name(), source.type()));
    }
    if (source.type().isQuantized() && !options.allowRequantize()) {
      throw new QuantizationException(
          file.path(),
          Reason.ALREADY_QUANTIZED,
          "tensor %s is already quantized to %s, and requantizing loses further quality: convert the checkpoint to F16, BF16 or F32 and quantize that file, or allow requantizing"
              .formatted(source.name(), source.type()));
    }
  }

  private void write(WorkProgress listener) throws IOException {
    long totalBytes = plans.stream().mapToLong(plan -> plan.source().byteSize()).sum();
    StageProgress progress = new StageProgress(listener, Stage.QUANTIZE, totalBytes, plans.size());
    List<TensorRows> decodable =
        plans.stream()
            .filter(plan -> WeightTypes.isReadable(plan.source().type()))
            .map(this::rows)
            .toList();
    try (GgufWriter writer = GgufWriter.create(options.output());
        RowsEncoder encoder = new RowsEncoder(decodable, options.threads(), check())) {
      metadata().forEach(writer::metadata);
      for (TensorPlan plan : plans) {
        GgufTensorInfo source = plan.source();
        writer.tensor(source.name(), plan.type(), source.shape(), source.dimensionCount());
      }
      for (TensorPlan plan : plans) {
        write(plan, writer, encoder, progress);
      }
      writer.commit();
    }
  }

  private void write(
      TensorPlan plan, GgufWriter writer, RowsEncoder encoder, StageProgress progress)
      throws IOException {
    GgufTensorInfo source = plan.source();
    if (plan.isCopied()) {
      if (WeightTypes.isReadable(source.type())) {
        encoder.requireFinite(rows(plan));
      }
      writer.write(plan.name(), file.data(source));
      progress.finished(source.byteSize());
      return;
    }
    long encodedRowBytes = plan.type().rowBytes(source.shape().size0());
    long sourceRowBytes = source.type().rowBytes(source.shape().size0());
    EncodingError error =
        encoder.encode(
            rows(plan),
            importances.of(source),
            piece -> {
              writer.write(plan.name(), piece);
              progress.advanced(piece.byteSize() / encodedRowBytes * sourceRowBytes);
            });
    if (options.measuresError()) {
      errors.put(plan.name(), error);
    }
    progress.finished(0);
  }

  private RowsEncoder.Check check() {
    return options.measuresError() ? RowsEncoder.Check.MEASURE_ERROR : RowsEncoder.Check.NONE;
  }

  private TensorRows rows(TensorPlan plan) {
    GgufTensorInfo source = plan.source();
    return new TensorRows(
        file.path(),
        plan.name(),
        source.shape(),
        plan.type(),
        new StoredRows(source.type(), source.shape().size0(), file.data(source)));
  }

  private Map<String, GgufValue> metadata() {
    Map<String, GgufValue> values = new LinkedHashMap<>();
    for (String key : file.metadata().keys()) {
      values.put(key, file.metadata().find(key).orElseThrow());
    }
    values.put(ModelMetadata.FILE_TYPE, GgufValue.uint32(options.recipe().type().number()));
    values.put(
        ModelMetadata.QUANTIZATION_VERSION,
        GgufValue.uint32(ModelMetadata.GGML_QUANTIZATION_VERSION));
    values.putAll(importances.metadata());
    return values;
  }

  private QuantizationReport report() {
    return new QuantizationReport(
        options.output(),
        options.recipe().type(),
        plans,
        importances.missing(plans),
        importances.ignored(plans),
        errors);
  }
}
