package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Loader;
import dev.mor4j.ggml.ffi.Structs;
import dev.mor4j.ggml.ffi.ggml_backend_dev_caps;
import dev.mor4j.ggml.ffi.ggml_backend_dev_get_extra_bufts_t;
import dev.mor4j.ggml.ffi.ggml_backend_dev_props;
import dev.mor4j.ggml.ffi.ggml_backend_feature;
import dev.mor4j.ggml.ffi.ggml_backend_get_features_t;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A device that computes graphs, such as a CPU or a GPU, offered by one of the loaded backends.
 * Valid until the process ends. Any thread.
 */
public final class Device {
  /** Kinds of devices. */
  public enum Kind {
    CPU,
    GPU,
    /** A GPU that shares memory with the host. */
    INTEGRATED_GPU,
    /** An accelerator used by the CPU, such as a matrix unit or BLAS. */
    ACCELERATOR,
    OTHER
  }

  /**
   * The current properties of a device.
   *
   * @param description the vendor's name of the device
   * @param freeBytes memory that can be allocated now, according to the backend. For the CPU,
   *     according to Linux and within the memory limit of the process's control groups, as
   *     containers have
   * @param totalBytes size of the memory; for the CPU, the limit of the control groups if it is
   *     less
   */
  public record Properties(String description, long freeBytes, long totalBytes) {}

  private final MemorySegment handle;

  Device(MemorySegment handle) {
    this.handle = handle;
  }

  /** All devices of all loaded backends, in the backends' order. */
  public static List<Device> all() {
    GgmlLibrary.load();
    List<Device> devices = new ArrayList<>();
    long count = Ggml.ggml_backend_dev_count();
    for (long index = 0; index < count; index++) {
      devices.add(new Device(Ggml.ggml_backend_dev_get(index)));
    }
    return devices;
  }

  /**
   * The CPU.
   *
   * @throws GgmlException if no CPU backend could be loaded
   */
  public static Device cpu() {
    return all().stream()
        .filter(device -> device.kind() == Kind.CPU)
        .findFirst()
        .orElseThrow(
            () ->
                new GgmlException(
                    "%s: expected a CPU backend (libggml-cpu*) that fits this CPU, found none%s"
                        .formatted(GgmlLibrary.load().folder(), GgmlLibrary.drainLog())));
  }

  MemorySegment handle() {
    return handle;
  }

  /** The name, such as {@code CPU} or {@code CUDA0}. */
  public String name() {
    return Loader.string(Ggml.ggml_backend_dev_name(handle));
  }

  /** The name of the device's backend, such as {@code CUDA}. */
  public String backendName() {
    return Loader.string(Ggml.ggml_backend_reg_name(registry()));
  }

  /** The kind of device. */
  public Kind kind() {
    int type = Ggml.ggml_backend_dev_type(handle);
    if (type == Ggml.GGML_BACKEND_DEVICE_TYPE_CPU()) {
      return Kind.CPU;
    }
    if (type == Ggml.GGML_BACKEND_DEVICE_TYPE_GPU()) {
      return Kind.GPU;
    }
    if (type == Ggml.GGML_BACKEND_DEVICE_TYPE_IGPU()) {
      return Kind.INTEGRATED_GPU;
    }
    return type == Ggml.GGML_BACKEND_DEVICE_TYPE_ACCEL() ? Kind.ACCELERATOR : Kind.OTHER;
  }

  /** Queries the backend for the description and the memory. */
  public Properties properties() {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment props = props(call);
      long total = ggml_backend_dev_props.memory_total(props);
      long free = ggml_backend_dev_props.memory_free(props);
      if (kind() == Kind.CPU) { // ggml reports that all of the machine's memory is free
        HostMemory memory = HostMemory.here();
        total = Math.min(total, memory.limitBytes().orElse(total));
        free = Math.min(total, memory.availableBytes().orElse(free));
      }
      return new Properties(Loader.string(ggml_backend_dev_props.description(props)), free, total);
    }
  }

  /** Instruction sets and build options of the device's backend, such as {@code AVX2=1}. */
  public List<String> features() {
    Optional<MemorySegment> function = function("ggml_backend_get_features");
    if (function.isEmpty()) {
      return List.of();
    }
    List<String> features = new ArrayList<>();
    MemorySegment entries = ggml_backend_get_features_t.invoke(function.get(), registry());
    try (Arena call = Arena.ofConfined()) {
      for (long index = 0; ; index++) {
        MemorySegment entry = Structs.feature(entries, index, call);
        String name = Loader.string(ggml_backend_feature.name(entry));
        if (name.isEmpty()) {
          return features;
        }
        features.add(name + "=" + Loader.string(ggml_backend_feature.value(entry)));
      }
    }
  }

  /** The memory that the device computes on by default. */
  public BufferType bufferType() {
    return new BufferType(Ggml.ggml_backend_dev_buffer_type(handle));
  }

  /**
   * Further kinds of memory, which store weights in special layouts for faster products; the
   * fastest first, often none. AMX layouts are left out: their kernels round differently from the
   * others, and GCC before 12.4 miscompiles them (its {@code _tile_loadconfig} tells the optimizer
   * that 8 of 64 bytes are read), so that the first product ends the process.
   */
  public List<BufferType> weightBufferTypes() {
    Optional<MemorySegment> function = function("ggml_backend_dev_get_extra_bufts");
    if (function.isEmpty()) {
      return List.of();
    }
    MemorySegment array = ggml_backend_dev_get_extra_bufts_t.invoke(function.get(), handle);
    return Structs.pointers(array).stream()
        .map(BufferType::new)
        .filter(type -> !type.name().equals("AMX"))
        .toList();
  }

  /** Whether the device can compute on mapped files in place. */
  public boolean readsHostMemory() {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment props = ggml_backend_dev_props.allocate(call);
      Ggml.ggml_backend_dev_get_props(handle, props);
      return ggml_backend_dev_caps.buffer_from_host_ptr(ggml_backend_dev_props.caps(props));
    }
  }

  /** Whether the device copies asynchronously from memory of {@link #stagingType}. */
  boolean copiesInBackground() {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment caps = ggml_backend_dev_props.caps(props(call));
      return ggml_backend_dev_caps.async(caps)
          && ggml_backend_dev_caps.host_buffer(caps)
          && ggml_backend_dev_caps.events(caps);
    }
  }

  private MemorySegment props(Arena call) {
    MemorySegment props = ggml_backend_dev_props.allocate(call);
    Ggml.ggml_backend_dev_get_props(handle, props);
    return props;
  }

  /** The host memory that the device copies from fastest: most drivers pin its pages. */
  Optional<BufferType> stagingType() {
    MemorySegment type = Ggml.ggml_backend_dev_host_buffer_type(handle);
    return type.equals(MemorySegment.NULL) ? Optional.empty() : Optional.of(new BufferType(type));
  }

  /** Whether the device supports an operation on tensors of these types and shapes. */
  public boolean supports(Tensor operation) {
    return Ggml.ggml_backend_dev_supports_op(handle, operation.struct());
  }

  MemorySegment bufferFromHost(MemorySegment memory, long largestTensorBytes) {
    if (!readsHostMemory()) {
      throw new GgmlException(name() + " cannot compute on host memory in place");
    }
    return Ggml.ggml_backend_dev_buffer_from_host_ptr(
        handle, memory, memory.byteSize(), largestTensorBytes);
  }

  private MemorySegment registry() {
    return Ggml.ggml_backend_dev_backend_reg(handle);
  }

  /** A function of this device's backend. */
  Optional<MemorySegment> function(String name) {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment address =
          Ggml.ggml_backend_reg_get_proc_address(registry(), call.allocateFrom(name));
      return address.equals(MemorySegment.NULL) ? Optional.empty() : Optional.of(address);
    }
  }

  /** Like {@link #function}, for functions that are required. */
  MemorySegment requiredFunction(String name) {
    return function(name)
        .orElseThrow(() -> new GgmlException(name() + ": its backend has no function " + name));
  }

  /** Compares devices. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Device device && handle.equals(device.handle);
  }

  @Override
  public int hashCode() {
    return handle.hashCode();
  }

  @Override
  public String toString() {
    return name();
  }
}
