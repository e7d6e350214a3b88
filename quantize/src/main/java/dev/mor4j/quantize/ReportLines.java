package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;
import dev.mor4j.quantize.ConversionReport.Head;
import dev.mor4j.quantize.ConversionReport.Sharing;
import dev.mor4j.quantize.ConversionReport.TypeChange;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import dev.mor4j.quantize.checkpoint.ElementType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Summarizes the stored tensors for the report. */
final class ReportLines {
  private static final Set<TensorRole> KEYS_AND_VALUES =
      EnumSet.of(TensorRole.ATTN_K, TensorRole.ATTN_V);

  private final List<LogicalTensor> tensors;
  private final Map<String, StoredTensor> storedByName;
  private final OutputType outputType;

  ReportLines(List<LogicalTensor> tensors, List<StoredTensor> stored, OutputType outputType) {
    this.tensors = tensors;
    this.storedByName =
        stored.stream()
            .collect(
                Collectors.toMap(
                    StoredTensor::name, Function.identity(), (a, b) -> a, LinkedHashMap::new));
    this.outputType = outputType;
  }

  List<Sharing> sharing() {
    Map<String, Sharing> kinds = new LinkedHashMap<>();
    for (LogicalTensor tensor : tensors) {
      if (tensor.stepNames().isEmpty()) {
        continue;
      }
      StoredTensor shared = storedByName.get(tensor.name());
      Sharing found =
          shared == null
              ? new Sharing(label(tensor), 0, 1, 0)
              : new Sharing(
                  label(tensor), 1, 0, (tensor.stepNames().size() - 1) * shared.byteSize());
      kinds.merge(label(tensor), found, ReportLines::sum);
    }
    return List.copyOf(kinds.values());
  }

  /** What reports call a tensor: its word without the suffix, such as {@code attn_q}. */
  private static String label(LogicalTensor tensor) {
    String word = tensor.role().word();
    return word.substring(0, word.lastIndexOf('.'));
  }

  private static Sharing sum(Sharing a, Sharing b) {
    return new Sharing(
        a.label(),
        a.sharedLayers() + b.sharedLayers(),
        a.perStepLayers() + b.perStepLayers(),
        a.savedBytes() + b.savedBytes());
  }

  Head head() {
    if (storedByName.containsKey(TensorId.of(TensorRole.OUTPUT).name())) {
      return Head.OWN;
    }
    boolean listed = tensors.stream().anyMatch(tensor -> tensor.role() == TensorRole.OUTPUT);
    return listed ? Head.TIED : Head.ABSENT;
  }

  List<TypeChange> typeChanges() {
    Map<List<String>, Integer> counts = new LinkedHashMap<>();
    for (StoredTensor tensor : storedByName.values()) {
      counts.merge(List.of(tensor.source().type().name(), tensor.type().name()), 1, Integer::sum);
    }
    List<TypeChange> changes = new ArrayList<>();
    counts.forEach(
        (types, count) -> changes.add(new TypeChange(types.get(0), types.get(1), count)));
    return changes;
  }

  /** Bytes of key and value weights that are stored for steps after the first. */
  long laterKvBytes() {
    Set<String> later =
        tensors.stream()
            .filter(tensor -> KEYS_AND_VALUES.contains(tensor.role()))
            .flatMap(tensor -> tensor.stepNames().stream().skip(1))
            .collect(Collectors.toSet());
    return storedByName.values().stream()
        .filter(tensor -> later.contains(tensor.name()))
        .mapToLong(StoredTensor::byteSize)
        .sum();
  }

  List<String> notes() {
    List<String> notes = new ArrayList<>();
    long fallbacks =
        storedByName.values().stream()
            .filter(tensor -> tensor.type() == TensorType.F16)
            .filter(tensor -> outputType != OutputType.F16)
            .count();
    if (fallbacks > 0) {
      notes.add(
          "%s matrices have a row length that is not a multiple of the block size of %s values: stored as F16"
              .formatted(fallbacks, outputType.tensorType().blockSize()));
    }
    boolean rounded =
        storedByName.values().stream()
            .map(StoredTensor::source)
            .map(CheckpointTensor::type)
            .anyMatch(type -> type == ElementType.F64);
    if (rounded) {
      notes.add("F64 tensors were rounded to F32 first");
    }
    return notes;
  }
}
