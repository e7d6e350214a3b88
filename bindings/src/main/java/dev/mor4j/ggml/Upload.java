package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.ggml_tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Copies host memory to tensors in a device's own memory. Where the device copies in the background
 * from memory of its choice, data goes through a ring of such pieces: while the device takes one,
 * the next is read, from disk if need be. Elsewhere each copy is done on return. Confined to the
 * thread that made it; {@link #close} waits for what is under way.
 */
public final class Upload implements AutoCloseable {
  /** Bytes of a piece: far more work than to begin a copy, far less than a model. */
  static final long PIECE_BYTES = 4L << 20;

  private static final int PIECES = 4;

  private final Backend backend;
  private final List<Piece> ring = new ArrayList<>();
  private int next;

  /** Memory, and when the device has taken what is in it. */
  private record Piece(StagingMemory memory, DeviceEvent taken) implements AutoCloseable {
    static Piece of(Device device, BufferType type) {
      StagingMemory memory = new StagingMemory(type, PIECE_BYTES);
      try {
        return new Piece(memory, new DeviceEvent(device));
      } catch (RuntimeException failure) {
        memory.close();
        throw failure;
      }
    }

    @Override
    public void close() {
      taken.close();
      memory.close();
    }
  }

  /**
   * @param backend does the copies; borrowed, close it later
   */
  public Upload(Backend backend) {
    this.backend = backend;
    Device device = backend.device();
    if (device.copiesInBackground()) {
      device.stagingType().ifPresent(type -> fillRing(device, type));
    }
  }

  /** Copies that wait are slower, not wrong: a ring that cannot be had is no reason to fail. */
  private void fillRing(Device device, BufferType type) {
    try {
      for (int i = 0; i < PIECES; i++) {
        ring.add(Piece.of(device, type));
      }
    } catch (GgmlException noRoom) {
      closeRing();
    }
  }

  /** Whether copies go on while the host does. */
  public boolean isInBackground() {
    return !ring.isEmpty();
  }

  /**
   * Copies data to a tensor; it is there for certain once {@link #await} or {@link #close} returns.
   *
   * @param source native memory, exactly the tensor's bytes; free for other use on return
   * @throws IllegalArgumentException if the sizes differ, or the tensor has no place in the
   *     device's memory
   */
  public void copy(MemorySegment source, Tensor target) {
    check(source, target);
    if (ring.isEmpty()) {
      Ggml.ggml_backend_tensor_set(target.struct(), source, 0, source.byteSize());
      return;
    }
    for (long offset = 0; offset < source.byteSize(); offset += PIECE_BYTES) {
      long size = Math.min(PIECE_BYTES, source.byteSize() - offset);
      Piece piece = ring.get(next);
      next = (next + 1) % ring.size();
      piece.taken().await();
      MemorySegment staged = piece.memory().bytes().asSlice(0, size);
      staged.copyFrom(source.asSlice(offset, size));
      Ggml.ggml_backend_tensor_set_async(backend.handle(), target.struct(), staged, offset, size);
      piece.taken().record(backend);
    }
  }

  private void check(MemorySegment source, Tensor target) {
    if (source.byteSize() != target.byteSize() || !source.isNative() || !target.isAllocated()) {
      throw new IllegalArgumentException(
          "%s: expected %s bytes of native memory for a tensor with a place, found %s"
              .formatted(target, target.byteSize(), source));
    }
    backend.requireUsable();
    target.context().requireMemory();
    Optional<BufferType> place = place(target);
    if (!place.equals(Optional.of(backend.device().bufferType()))) {
      throw new IllegalArgumentException(
          "%s: expected a place in the memory of %s, found it in %s"
              .formatted(target, backend, place.map(BufferType::name).orElse("none")));
    }
  }

  private static Optional<BufferType> place(Tensor tensor) {
    MemorySegment buffer = ggml_tensor.buffer(tensor.struct());
    return buffer.equals(MemorySegment.NULL)
        ? Optional.empty()
        : Optional.of(new BufferType(Ggml.ggml_backend_buffer_get_type(buffer)));
  }

  /** Waits until all that was copied is there. */
  public void await() {
    Ggml.ggml_backend_synchronize(backend.handle());
  }

  /** Waits, and frees the pieces. */
  @Override
  public void close() {
    if (!ring.isEmpty()) {
      await();
      closeRing();
    }
  }

  private void closeRing() {
    ring.forEach(Piece::close);
    ring.clear();
  }
}
