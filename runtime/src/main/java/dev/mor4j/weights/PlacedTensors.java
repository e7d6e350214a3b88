package dev.mor4j.weights;

import dev.mor4j.ggml.BufferType;
import dev.mor4j.ggml.CopiedWeights;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.HostWeights;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tensors of a file and the memory that they lie in: the mapped file itself, and a copy of those
 * matrices that a device wants in another layout. Owns tensors and copy, not the file.
 */
final class PlacedTensors implements AutoCloseable {
  private final GgufFile file;
  private final Device device;
  private final List<BufferType> layouts;
  private final GgmlContext context;
  private final HostWeights memory;
  private final Map<String, Tensor> placed = new HashMap<>();
  private final Map<BufferType, Copies> copies = new HashMap<>();
  private SteadyRows steadyRows = SteadyRows.ANY;

  /** Matrices that one kind of memory will hold. */
  private static final class Copies {
    final GgmlContext context;
    final Map<String, Tensor> tensors = new HashMap<>();
    @Nullable CopiedWeights memory;

    Copies(int tensorCapacity) {
      context = GgmlContext.forWeights(tensorCapacity);
    }
  }

  PlacedTensors(GgufFile file, Device device, WeightLayout layout) {
    this.file = file;
    this.device = device;
    layouts = layout == WeightLayout.FASTEST ? device.weightBufferTypes() : List.of();
    long largest = file.tensors().stream().mapToLong(GgufTensorInfo::byteSize).max().orElse(0);
    context = GgmlContext.forWeights(tensorCapacity());
    try {
      memory = new HostWeights(device, file.mapping(), largest);
    } catch (RuntimeException failure) {
      context.close();
      throw failure;
    }
  }

  /** A file without tensors is refused later, by the name of the first that is missing. */
  private int tensorCapacity() {
    return Math.max(1, file.tensors().size());
  }

  /** A tensor as it is stored. */
  Tensor place(GgufTensorInfo info) {
    return placed.computeIfAbsent(
        info.name(),
        name -> {
          Tensor tensor = context.newTensor(info.type(), info.shape(), name);
          memory.place(tensor, info.offset());
          return tensor;
        });
  }

  /** A matrix that inputs are multiplied with, in the layout that is best for it. */
  Tensor placeForProducts(GgufTensorInfo info) {
    Optional<BufferType> best =
        layouts.stream()
            .filter(layout -> layout.multiplies(device, info.type(), info.shape()))
            .findFirst();
    if (best.isEmpty()) {
      steadyRows = steadyRows.and(SteadyRows.of(info.type()));
      return place(info);
    }
    steadyRows = steadyRows.and(SteadyRows.ofCopies());
    Copies held = copies.computeIfAbsent(best.get(), layout -> new Copies(tensorCapacity()));
    return held.tensors.computeIfAbsent(
        info.name(), name -> held.context.newTensor(info.type(), info.shape(), name));
  }

  /** What products with the tensors so far ask for. */
  SteadyRows steadyRows() {
    return steadyRows;
  }

  /**
   * Copies what is to be copied, once all tensors are known.
   *
   * @throws dev.mor4j.ggml.GgmlException if there is no room
   */
  void fill() {
    copies.forEach(
        (layout, held) -> {
          CopiedWeights target = new CopiedWeights(held.context, layout);
          held.memory = target;
          held.tensors.forEach(
              (name, tensor) ->
                  file.tensor(name).ifPresent(info -> target.fill(tensor, file.data(info))));
        });
  }

  @Override
  public void close() {
    for (Copies held : copies.values()) {
      if (held.memory != null) {
        held.memory.close();
      }
      held.context.close();
    }
    copies.clear();
    memory.close();
    context.close();
  }
}
