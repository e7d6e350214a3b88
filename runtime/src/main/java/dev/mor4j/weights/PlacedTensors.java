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
 * Places the tensors of a file in memory: devices that read host memory use the mapped file, the
 * CPU gets a copy of matrices that it multiplies faster in another layout, and devices with memory
 * of their own get copies there. Owns the tensors and the copies, but not the file.
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

  /**
   * Bytes of repacked matrices minus bytes of all other matrices. A matrix counts once for each
   * use.
   */
  private long repackedSurplus;

  /** Tensors that a device reads from the mapped file. */
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

  /** Tensors that are copied to one kind of memory. */
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

  /** At least 1, since a file without tensors is refused later, by the first missing name. */
  private static int tensorCapacity(GgufFile file) {
    return Math.max(1, file.tensors().size());
  }

  Placement placement() {
    return placement;
  }

  /** Places a tensor, in the layout of the file, where a device can read it. */
  Tensor place(GgufTensorInfo info, Device device) {
    if (device.readsHostMemory() && !isCopied) {
      return mapped.computeIfAbsent(device, each -> new Mapped(file, each)).place(info);
    }
    return deviceCopies
        .computeIfAbsent(device, each -> new Copies(file, each.bufferType()))
        .add(info);
  }

  /**
   * Places a matrix that inputs are multiplied with, in the fastest layout. The matrix stays on the
   * CPU if the device does not multiply its type.
   */
  Tensor placeForProducts(GgufTensorInfo info, Device device) {
    if (!device.equals(placement.cpu())
        && device.bufferType().multiplies(device, info.type(), info.shape())) {
      repackedSurplus -= info.byteSize();
      return place(info, device);
    }
    Optional<BufferType> best =
        layouts.stream()
            .filter(layout -> layout.multiplies(placement.cpu(), info.type(), info.shape()))
            .findFirst();
    if (best.isEmpty()) {
      steadyRows = steadyRows.and(SteadyRows.of(info.type()));
      repackedSurplus -= info.byteSize();
      return place(info, placement.cpu());
    }
    steadyRows = steadyRows.and(SteadyRows.ofCopies());
    repackedSurplus += info.byteSize();
    return layoutCopies.computeIfAbsent(best.get(), layout -> new Copies(file, layout)).add(info);
  }

  /**
   * Row counts at which products with the CPU's matrices, as placed so far, are batch-invariant.
   */
  SteadyRows steadyRows() {
    return steadyRows;
  }

  /** Row counts that are fastest for the layout of most weights, by bytes. */
  RowPadding fastRows() {
    return repackedSurplus > 0 ? new RowGroups() : RowPadding.NONE;
  }

  /**
   * Makes all copies. Called once, after all tensors are placed.
   *
   * @throws dev.mor4j.ggml.GgmlException if a device cannot be started or has too little memory
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
          "%s: copies of its weights need %s MiB of the host's memory, %s MiB are free: WeightStorage.MAPPED_AS_STORED needs none"
              .formatted(file.path(), needed >> 20, free >> 20));
    }
  }

  private long bytes(Copies held) {
    return held.tensors.keySet().stream()
        .flatMap(name -> file.tensor(name).stream())
        .mapToLong(GgufTensorInfo::byteSize)
        .sum();
  }

  /** Copies to a device; pages of the file are read while earlier ones are transferred. */
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
