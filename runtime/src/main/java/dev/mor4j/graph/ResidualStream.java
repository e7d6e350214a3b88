package dev.mor4j.graph;

import dev.mor4j.ggml.BackendBuffer;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingKind;
import org.jspecify.annotations.Nullable;

/**
 * The hidden state of a batch between stages, on the device: one row a token, whatever its depth.
 * One thread.
 */
final class ResidualStream implements AutoCloseable {
  private final GgmlContext context;
  private final BackendBuffer memory;
  private final Tensor hidden;
  private final @Nullable Tensor carried;

  ResidualStream(MorConfig config, int rowCapacity, Device device) {
    context = GgmlContext.forState(2);
    Shape shape = Shape.of(config.embeddingLength(), rowCapacity);
    hidden = context.newTensor(TensorType.F32, shape, "stream");
    carried =
        config.routing().kind() == RoutingKind.TOKEN_CHOICE
            ? context.newTensor(TensorType.F32, shape, "carried")
            : null;
    try {
      memory = BackendBuffer.allocate(context, device.bufferType());
    } catch (RuntimeException failure) {
      context.close();
      throw failure;
    }
  }

  /** F32 [embd, rowCapacity]: what the coda will see. */
  Tensor hidden() {
    return hidden;
  }

  /**
   * F32 [embd, rowCapacity]: token choice's input of the next step, which is no part of the sum.
   */
  Tensor carried() {
    if (carried == null) {
      throw new IllegalStateException("only token choice carries rows from step to step");
    }
    return carried;
  }

  @Override
  public void close() {
    memory.close();
    context.close();
  }
}
