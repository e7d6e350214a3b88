package dev.mor4j.quantize;

import dev.mor4j.ggml.Quantization;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;
import dev.mor4j.quantize.QuantizationException.Reason;
import dev.mor4j.quantize.importance.Importance;
import dev.mor4j.quantize.importance.ImportanceFile;
import dev.mor4j.quantize.importance.ImportanceMatrix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The importance matrix that weights errors while a model is quantized, if one is given. */
final class Importances {
  private static final List<String> ENDS =
      List.of(
          TensorId.of(TensorRole.TOKEN_EMBEDDING).name(), TensorId.of(TensorRole.OUTPUT).name());

  private static final String FILE = "quantize.imatrix.file";
  private static final String DATASET = "quantize.imatrix.dataset";
  private static final String ENTRY_COUNT = "quantize.imatrix.entries_count";
  private static final String CHUNK_COUNT = "quantize.imatrix.chunks_count";

  /** llama.cpp truncates these texts to as many bytes. */
  private static final int TEXT_BYTES = 127;

  private final @Nullable Path path;
  private final Map<String, Importance> entries;
  private final Map<String, GgufValue> metadata;

  private Importances(
      @Nullable Path path, Map<String, Importance> entries, Map<String, GgufValue> metadata) {
    this.path = path;
    this.entries = entries;
    this.metadata = metadata;
  }

  /** No importance matrix. */
  static Importances none() {
    return new Importances(null, Map.of(), Map.of());
  }

  /**
   * Reads the file, if there is one.
   *
   * @throws IOException if it is no importance matrix, or cannot be read
   */
  static Importances read(Optional<Path> file) throws IOException {
    if (file.isEmpty()) {
      return none();
    }
    ImportanceMatrix matrix = ImportanceFile.read(file.get());
    Map<String, GgufValue> metadata = new LinkedHashMap<>();
    metadata.put(FILE, text(file.get().toString()));
    matrix.datasets().stream()
        .findFirst()
        .ifPresent(dataset -> metadata.put(DATASET, text(dataset)));
    metadata.put(ENTRY_COUNT, GgufValue.uint32(matrix.entries().size()));
    if (matrix.chunkCount() > 0) {
      metadata.put(CHUNK_COUNT, GgufValue.uint32(matrix.chunkCount()));
    }
    return new Importances(file.get(), matrix.entries(), metadata);
  }

  private static GgufValue text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= TEXT_BYTES) {
      return GgufValue.string(text);
    }
    int end = TEXT_BYTES;
    while ((bytes[end] & 0xc0) == 0x80) {
      end--; // not within a character
    }
    return GgufValue.string(new String(bytes, 0, end, StandardCharsets.UTF_8));
  }

  boolean areGiven() {
    return path != null;
  }

  /** Keys of the output that describe the importance matrix. */
  Map<String, GgufValue> metadata() {
    return metadata;
  }

  /** Names of quantized matrices that the file has no entry for; empty if no file is given. */
  List<String> missing(List<TensorPlan> plans) {
    return areGiven()
        ? quantized(plans).filter(name -> !entries.containsKey(name)).toList()
        : List.of();
  }

  /** Names of quantized matrices whose entry is not used, because it is all zero. */
  List<String> ignored(List<TensorPlan> plans) {
    return quantized(plans).filter(this::isZero).toList();
  }

  private static Stream<String> quantized(List<TensorPlan> plans) {
    return plans.stream()
        .filter(plan -> !plan.isCopied() && plan.type().isQuantized())
        .map(TensorPlan::name);
  }

  /** Whether an entry is all zero: it would tell the encoder that no error matters. */
  private boolean isZero(String name) {
    Importance entry = entries.get(name);
    if (entry == null) {
      return false;
    }
    for (float mean : entry.means()) {
      if (mean != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Those of one tensor: the mean square of each input column; empty if there are none, or if all
   * are zero.
   *
   * @throws QuantizationException if the entry has another length than the tensor's rows, or a
   *     value out of range
   */
  Optional<float[]> of(GgufTensorInfo tensor) throws QuantizationException {
    Importance entry = entries.get(tensor.name());
    if (entry == null || path == null) {
      return Optional.empty();
    }
    float[] means = entry.means();
    if (means.length != tensor.shape().size0()) {
      throw new QuantizationException(
          path,
          "%s: expected %s values, one for each column, found %s: the file was made from another model"
              .formatted(tensor.name(), tensor.shape().size0(), means.length));
    }
    for (float mean : means) {
      if (!(mean >= 0 && mean <= Quantization.LARGEST_IMPORTANCE)) {
        throw new QuantizationException(
            path,
            "%s: expected mean squares from 0 to %s, found %s"
                .formatted(tensor.name(), Quantization.LARGEST_IMPORTANCE, mean));
      }
    }
    return isZero(tensor.name()) ? Optional.empty() : Optional.of(means);
  }

  /**
   * Refuses a type that cannot be encoded, or only with useless results, without importances.
   *
   * <p>Source: {@code tensor_requires_imatrix} of llama-quant.cpp.
   *
   * @param input the file that messages name if no importance matrix is given
   */
  void require(TensorPlan plan, FileType fileType, Path input) throws QuantizationException {
    if (plan.isCopied() || !isRequired(plan, fileType) || of(plan.source()).isPresent()) {
      return;
    }
    String use = "%s stores tensor %s as %s".formatted(fileType, plan.name(), plan.type());
    throw path == null
        ? new QuantizationException(
            input,
            Reason.NO_IMPORTANCES,
            use
                + ", which needs an importance matrix: compute one from a text, or choose another type")
        : new QuantizationException(
            path,
            "%s, which needs importances, but %s"
                .formatted(
                    use,
                    isZero(plan.name())
                        ? "those in this file are all zero"
                        : "this file has none for it"));
  }

  private static boolean isRequired(TensorPlan plan, FileType fileType) {
    if (Quantization.requiresImportances(plan.type())) {
      return true;
    }
    boolean isEnd = ENDS.contains(plan.name());
    boolean isCoarse =
        WeightTypes.isBetterWithImportances(plan.type())
            || (plan.type() == TensorType.Q2_K && fileType == FileType.Q2_K_S);
    return isCoarse && !isEnd;
  }
}
