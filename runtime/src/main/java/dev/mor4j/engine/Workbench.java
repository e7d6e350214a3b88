package dev.mor4j.engine;

import dev.mor4j.batch.BatchLoop;
import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.BackendBuffer;
import dev.mor4j.ggml.CancelFlag;
import dev.mor4j.ggml.ThreadPool;
import dev.mor4j.graph.AttentionKernel;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvCapacity;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.MorConfig;
import dev.mor4j.placement.Placement;
import dev.mor4j.weights.SteadyRows;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

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
   * @throws EngineException if a device has not enough memory
   */
  Workbench(Model model, EngineOptions options, CancelFlag cancelFlag) {
    this.options = options;
    MorConfig config = model.config();
    Placement placement = model.placement();
    MemoryBudget.require(model, options);
    try {
      ThreadPool pool = own(new ThreadPool(placement.cpu(), options.threadCount()));
      List<Backend> backends =
          placement.devices().stream().map(device -> own(new Backend(device))).toList();
      backends.forEach(backend -> backend.use(cancelFlag));
      backends.getLast().use(pool);
      AttentionKernel kernel =
          AttentionKernel.choose(placement.cacheDevices(), config.attention(), options.kvTypes());
      KvLayout layout = KvLayout.of(config);
      KvCapacity capacity = options.kvCapacity(layout);
      cache =
          own(
              new KvCache(
                  layout, options.kvTypes(), capacity, placement::ofBlock, contents(kernel)));
      forwardPass =
          own(
              new ForwardPass(
                  config,
                  model.weights(),
                  cache,
                  kernel,
                  backends,
                  options.limits(),
                  steadyRows(model, options),
                  options.observer()));
      forwardPass.reserve(options.limits(), capacity.tokenCount());
    } catch (RuntimeException failure) {
      close();
      throw failure;
    }
  }

  /** An observer would count rows that only pad. */
  private static SteadyRows steadyRows(Model model, EngineOptions options) {
    return options.deterministic() && options.observer() == null
        ? model.weights().steadyRows()
        : SteadyRows.ANY;
  }

  private static BackendBuffer.Contents contents(AttentionKernel kernel) {
    return kernel.readsUnwrittenSlots()
        ? BackendBuffer.Contents.ZEROED
        : BackendBuffer.Contents.UNDEFINED;
  }

  private <C extends AutoCloseable> C own(C resource) {
    owned.push(resource);
    return resource;
  }

  KvCache cache() {
    return cache;
  }

  ForwardPass forwardPass() {
    return forwardPass;
  }

  /** A batch loop over this cache and forward pass, of which there may be one. */
  BatchLoop newLoop() {
    return new BatchLoop(
        options.limits(), options.batching(), cache.layout(), cache.slots(), forwardPass);
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
