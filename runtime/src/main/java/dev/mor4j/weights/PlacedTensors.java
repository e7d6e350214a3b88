package dev.mor4j.weights;

import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.BufferType;
import dev.mor4j.ggml.CopiedWeights;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.GgmlException;
import dev.mor4j.ggml.HostWeights;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.Upload;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.placement.Placement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Tensors of a file and the memory that they lie in: the mapped file itself for devices that read
 * it, a copy of those matrices that the CPU wants in another layout, and copies in the memory of
 * devices that have their own. Owns tensors and copies, not the file.
 */
final class PlacedTensors implements AutoCloseable {
  private final GgufFile file;
  private final Placement placement;
  private final List<BufferType> layouts;
  private final Map<Device, Mapped> mapped = new LinkedHashMap<>();
  private final Map<BufferType, Copies> layoutCopies = new LinkedHashMap<>();
  private final Map<Device, Copies> deviceCopies = new LinkedHashMap<>();
  private final boolean isCopied;
  private SteadyRows steadyRows = SteadyRows.ANY;

  /** Bytes that are multiplied with in layouts of the CPU's own, less all others, use by use. */
  private long repackedLead;

  /** Tensors that a device reads in the mapped file. */
  private static final class Mapped implements AutoCloseable {
    final GgmlContext context;
    final HostWeights memory;
    final Map<String, Tensor> tensors = new HashMap<>();

    Mapped(GgufFile file, Device device) {
      long largest = file.tensors().stream().mapToLong(GgufTensorInfo::byteSize).max().orElse(0);
      context = GgmlContext.forWeights(tensorCapacity(file));
      try {
        memory = new HostWeights(device, file.mapping(), largest);
      } catch (RuntimeException failure) {
        context.close();
        throw failure;
      }
    }

    Tensor place(GgufTensorInfo info) {
      return tensors.computeIfAbsent(
          info.name(),
          name -> {
            Tensor tensor = context.newTensor(info.type(), info.shape(), name);
            memory.place(tensor, info.offset());
            return tensor;
          });
    }

    @Override
    public void close() {
      memory.close();
      context.close();
    }
  }

  /** Tensors that one kind of memory will hold. */
  private static final class Copies implements AutoCloseable {
    final GgmlContext context;
    final BufferType type;
    final Map<String, Tensor> tensors = new HashMap<>();
    @Nullable CopiedWeights memory;

    Copies(GgufFile file, BufferType type) {
      this.type = type;
      context = GgmlContext.forWeights(tensorCapacity(file));
    }

    Tensor add(GgufTensorInfo info) {
      return tensors.computeIfAbsent(
          info.name(), name -> context.newTensor(info.type(), info.shape(), name));
    }

    CopiedWeights allocate() {
      CopiedWeights taken = new CopiedWeights(context, type);
      memory = taken;
      return taken;
    }

    @Override
    public void close() {
      if (memory != null) {
        memory.close();
      }
      context.close();
    }
  }

  PlacedTensors(GgufFile file, Placement placement, WeightLayout layout) {
    this.file = file;
    this.placement = placement;
    layouts = layout == WeightLayout.AS_STORED ? List.of() : placement.cpu().weightBufferTypes();
    isCopied = layout == WeightLayout.COPIED;
    if (!isCopied) {
      mapped.put(placement.cpu(), new Mapped(file, placement.cpu()));
    }
  }

  /** A file without tensors is refused later, by the name of the first that is missing. */
  private static int tensorCapacity(GgufFile file) {
    return Math.max(1, file.tensors().size());
  }

  Placement placement() {
    return placement;
  }

  /** A tensor as it is stored, where a device reads it. */
  Tensor place(GgufTensorInfo info, Device device) {
    if (device.readsHostMemory() && !isCopied) {
      return mapped.computeIfAbsent(device, each -> new Mapped(file, each)).place(info);
    }
    return deviceCopies
        .computeIfAbsent(device, each -> new Copies(file, each.bufferType()))
        .add(info);
  }

  /**
   * A matrix that inputs are multiplied with, in the layout that is best for it. Stays on the CPU
   * if the device does not multiply its type.
   */
  Tensor placeForProducts(GgufTensorInfo info, Device device) {
    if (!device.equals(placement.cpu())
        && device.bufferType().multiplies(device, info.type(), info.shape())) {
      repackedLead -= info.byteSize();
      return place(info, device);
    }
    Optional<BufferType> best =
        layouts.stream()
            .filter(layout -> layout.multiplies(placement.cpu(), info.type(), info.shape()))
            .findFirst();
    if (best.isEmpty()) {
      steadyRows = steadyRows.and(SteadyRows.of(info.type()));
      repackedLead -= info.byteSize();
      return place(info, placement.cpu());
    }
    steadyRows = steadyRows.and(SteadyRows.ofCopies());
    repackedLead += info.byteSize();
    return layoutCopies.computeIfAbsent(best.get(), layout -> new Copies(file, layout)).add(info);
  }

  /** What products with the tensors on the CPU so far ask for. */
  SteadyRows steadyRows() {
    return steadyRows;
  }

  /** What most of the bytes that are multiplied with ask for. */
  RowPadding fastRows() {
    return repackedLead > 0 ? new RowGroups() : RowPadding.NONE;
  }

  /**
   * Copies what is to be copied, once all tensors are known.
   *
   * @throws dev.mor4j.ggml.GgmlException if a device cannot be started or there is no room
   */
  void fill() {
    requireHostMemory();
    for (Copies held : layoutCopies.values()) {
      CopiedWeights target = held.allocate();
      held.tensors.forEach(
          (name, tensor) ->
              file.tensor(name).ifPresent(info -> target.fill(tensor, file.data(info))));
    }
    for (Map.Entry<Device, Copies> each : deviceCopies.entrySet()) {
      upload(each.getKey(), each.getValue());
    }
  }

  /** Checks before allocating: memory that the system grants may be missing when it is used. */
  private void requireHostMemory() {
    Device cpu = placement.cpu();
    long needed = 0;
    for (Copies held : layoutCopies.values()) {
      needed += bytes(held);
    }
    if (deviceCopies.containsKey(cpu)) {
      needed += bytes(deviceCopies.get(cpu));
    }
    long free = cpu.properties().freeBytes();
    if (needed > free) {
      throw new GgmlException(
          "%s: copies of its weights need %d MiB of the host's memory, %d MiB are free: WeightStorage.MAPPED_AS_STORED needs none"
              .formatted(file.path(), needed >> 20, free >> 20));
    }
  }

  private long bytes(Copies held) {
    return held.tensors.keySet().stream()
        .flatMap(name -> file.tensor(name).stream())
        .mapToLong(GgufTensorInfo::byteSize)
        .sum();
  }

  /** Pages of the file are read while earlier ones travel. */
  private void upload(Device device, Copies held) {
    held.allocate();
    try (Backend backend = new Backend(device);
        Upload upload = new Upload(backend)) {
      held.tensors.forEach(
          (name, tensor) ->
              file.tensor(name).ifPresent(info -> upload.copy(file.data(info), tensor)));
    }
  }

  @Override
  public void close() {
    List<Copies> copies = new ArrayList<>(layoutCopies.values());
    copies.addAll(deviceCopies.values());
    copies.forEach(Copies::close);
    mapped.values().forEach(Mapped::close);
  }
}
