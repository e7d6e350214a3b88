package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.TensorRole;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides which tensors the GGUF file stores: a tensor that is the same at all steps once, any
 * other tensor for each step. Tensors are compared byte by byte; nothing is inferred from the kind
 * of model.
 */
final class StoragePlan {
  private final OutputType outputType;
  private final StageProgress progress;
  private final List<StoredTensor> stored = new ArrayList<>();

  private StoragePlan(OutputType outputType, StageProgress progress) {
    this.outputType = outputType;
    this.progress = progress;
  }

  static List<StoredTensor> of(
      List<LogicalTensor> tensors, OutputType outputType, StageProgress progress) {
    StoragePlan plan = new StoragePlan(outputType, progress);
    tensors.forEach(plan::add);
    return List.copyOf(plan.stored);
  }

  private void add(LogicalTensor tensor) {
    List<CheckpointTensor> sources = tensor.sources();
    if (tensor.role() == TensorRole.OUTPUT) {
      addHead(tensor);
    } else if (tensor.stepNames().isEmpty() || allSame(sources)) {
      add(tensor, tensor.name(), sources);
    } else {
      for (int step = 0; step < sources.size(); step++) {
        add(tensor, tensor.stepNames().get(step), List.of(sources.get(step)));
      }
    }
    sources.forEach(source -> progress.finished(source.byteSize()));
  }

  /** A head that is equal to the token embedding, byte for byte, is not stored separately. */
  private void addHead(LogicalTensor head) {
    StoredTensor embedding = stored.get(0);
    CheckpointTensor source = head.sources().get(0);
    if (!embedding.source().sameBytes(source)) {
      add(head, head.name(), head.sources());
      return;
    }
    List<CheckpointTensor> both = List.of(embedding.source(), source);
    stored.set(0, new StoredTensor(embedding.name(), embedding.type(), embedding.shape(), both));
  }

  private void add(LogicalTensor tensor, String name, List<CheckpointTensor> sources) {
    TensorType type =
        tensor.role().isMatrix() ? outputType.forRows(tensor.shape().size0()) : TensorType.F32;
    stored.add(new StoredTensor(name, type, tensor.shape(), sources));
  }

  private static boolean allSame(List<CheckpointTensor> sources) {
    return sources.stream().skip(1).allMatch(sources.get(0)::sameBytes);
  }
}
