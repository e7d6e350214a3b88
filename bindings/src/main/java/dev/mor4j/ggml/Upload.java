package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.ggml_tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Copies host memory to tensors in device memory. If the device supports asynchronous copies, data
 * goes through a ring of staging buffers: while the device copies from one, the host fills the
 * next, from disk if necessary. Otherwise each copy is finished on return. Confined to the thread
 * that created it; {@link #close} waits for pending copies.
 */
public final class Upload implements AutoCloseable {
  /**
   * Bytes of a staging buffer: a copy takes far longer than to start it, yet models are far larger.
   */
  static final long STAGING_BYTES = 4L << 20;

  private static final int STAGING_BUFFERS = 4;

  private final Backend backend;
  private final List<Staging> ring = new ArrayList<>();
  private int next;

  /** A staging buffer, and the event after which the device has copied its contents. */
  private record Staging(StagingMemory memory, DeviceEvent copied) implements AutoCloseable {
    static Staging of(Device device, BufferType type) {
      StagingMemory memory = new StagingMemory(type, STAGING_BYTES);
      try {
        return new Staging(memory, new DeviceEvent(device));
      } catch (RuntimeException failure) {
        memory.close();
        throw failure;
      }
    }

    @Override
    public void close() {
      copied.close();
      memory.close();
    }
  }

  /**
   * @param backend copies; borrowed, close it later
   */
  public Upload(Backend backend) {
    this.backend = backend;
    Device device = backend.device();
    if (device.copiesInBackground()) {
      device.stagingType().ifPresent(type -> fillRing(device, type));
    }
  }

  /**
   * Without staging buffers copies are slower but correct, so failing to allocate them is no error.
   */
  private void fillRing(Device device, BufferType type) {
    try {
      for (int i = 0; i < STAGING_BUFFERS; i++) {
        ring.add(Staging.of(device, type));
      }
    } catch (GgmlException noMemory) {
      closeRing();
    }
  }

  /** Whether copies are asynchronous. */
  public boolean isInBackground() {
    return !ring.isEmpty();
  }

  /**
   * Copies data to a tensor. The copy is finished when {@link #await} or {@link #close} returns.
   *
   * @param source native memory, exactly the tensor's bytes; may be reused on return
   * @throws IllegalArgumentException if the sizes differ, or the tensor is not in the device's
   *     memory
   */
  public void copy(MemorySegment source, Tensor target) {
    check(source, target);
    if (ring.isEmpty()) {
      Ggml.ggml_backend_tensor_set(target.struct(), source, 0, source.byteSize());
      return;
    }
    for (long offset = 0; offset < source.byteSize(); offset += STAGING_BYTES) {
      long size = Math.min(STAGING_BYTES, source.byteSize() - offset);
      Staging staging = ring.get(next);
      next = (next + 1) % ring.size();
      staging.copied().await();
      MemorySegment staged = staging.memory().bytes().asSlice(0, size);
      staged.copyFrom(source.asSlice(offset, size));
      Ggml.ggml_backend_tensor_set_async(backend.handle(), target.struct(), staged, offset, size);
      staging.copied().record(backend);
    }
  }

  private void check(MemorySegment source, Tensor target) {
    if (source.byteSize() != target.byteSize() || !source.isNative() || !target.isAllocated()) {
      throw new IllegalArgumentException(
          "%s: expected %s bytes of native memory for an allocated tensor, found %s"
              .formatted(target, target.byteSize(), source));
    }
    backend.requireUsable();
    target.context().requireMemory();
    Optional<BufferType> place = place(target);
    if (!place.equals(Optional.of(backend.device().bufferType()))) {
      throw new IllegalArgumentException(
          "%s: expected a tensor in the memory of %s, found it in %s"
              .formatted(target, backend, place.map(BufferType::name).orElse("none")));
    }
  }

  private static Optional<BufferType> place(Tensor tensor) {
    MemorySegment buffer = ggml_tensor.buffer(tensor.struct());
    return buffer.equals(MemorySegment.NULL)
        ? Optional.empty()
        : Optional.of(new BufferType(Ggml.ggml_backend_buffer_get_type(buffer)));
  }

  /** Waits for all copies. */
  public void await() {
    Ggml.ggml_backend_synchronize(backend.handle());
  }

  /** Waits for all copies and frees the staging buffers. */
  @Override
  public void close() {
    if (!ring.isEmpty()) {
      await();
      closeRing();
    }
  }

  private void closeRing() {
    ring.forEach(Staging::close);
    ring.clear();
  }
}
