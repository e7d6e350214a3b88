package dev.mor4j.engine;

import dev.mor4j.batch.Batch;
import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.CancelFlag;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.ThreadPool;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.RoutingMode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * All that the engine's thread owns: backend, threads, cache and graphs. Made, used and closed on
 * that thread alone.
 */
final class Workbench implements AutoCloseable {
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private final EngineOptions options;
  private final KvCache cache;
  private final ForwardPass forwardPass;

  /**
   * @param cancelFlag stops running graphs; borrowed
   * @throws EngineException if the device has not enough memory
   */
  Workbench(Model model, EngineOptions options, CancelFlag cancelFlag) {
    this.options = options;
    Device device = Device.cpu();
    KvTypes types = new KvTypes(options.keyType(), options.valueType());
    KvLayout layout = KvLayout.of(model.config());
    MemoryBudget.require(model, layout, types, options, device);
    try {
      ThreadPool pool = own(new ThreadPool(device, options.threadCount()));
      Backend backend = own(new Backend(device));
      backend.use(pool);
      backend.use(cancelFlag);
      cache = own(new KvCache(layout, types, options.contextSize(), device));
      forwardPass =
          own(
              new ForwardPass(
                  model.config(),
                  model.weights(),
                  cache,
                  types,
                  List.of(backend),
                  options.batchSize()));
      forwardPass.reserve(options.batchSize(), 1, options.contextSize());
    } catch (RuntimeException failure) {
      close();
      throw failure;
    }
  }

  private <C extends AutoCloseable> C own(C resource) {
    owned.push(resource);
    return resource;
  }

  EngineOptions options() {
    return options;
  }

  KvCache cache() {
    return cache;
  }

  /** Runs one batch; empty if it was cancelled. */
  Optional<BatchResult> run(Batch batch, RoutingMode mode) {
    return forwardPass.run(batch, mode);
  }

  /** Closes in the reverse order of making. */
  @Override
  public void close() {
    while (!owned.isEmpty()) {
      try {
        owned.pop().close();
      } catch (Exception failure) {
        throw new EngineException("closing the engine: " + failure.getMessage(), failure);
      }
    }
  }
}
