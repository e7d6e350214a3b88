package dev.mor4j.engine;

import dev.mor4j.batch.BatchLoop;
import dev.mor4j.forward.ForwardPass;
import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.BackendBuffer;
import dev.mor4j.ggml.CancelFlag;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlException;
import dev.mor4j.ggml.ThreadPool;
import dev.mor4j.graph.AttentionKernel;
import dev.mor4j.graph.ExecutionContext;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvCapacity;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.MorConfig;
import dev.mor4j.placement.Placement;
import dev.mor4j.weights.RowPadding;
import dev.mor4j.weights.Weights;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;

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
   * @param weights borrowed; they say where to compute
   * @param cancelFlag stops running graphs; borrowed
   * @throws Shortage.Failure if a device has not enough memory
   */
  Workbench(MorConfig config, Weights weights, EngineOptions options, CancelFlag cancelFlag) {
    this.options = options;
    Placement placement = weights.placement();
    MemoryBudget budget = new MemoryBudget(config, options, placement);
    budget.requireCache();
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
      cache = own(newCache(budget, layout, capacity, placement, contents(kernel)));
      Map<Device, Long> free = budget.free();
      ExecutionContext context =
          new ExecutionContext(config, weights, cache, kernel, backends, options.observer());
      forwardPass = own(newForwardPass(context, budget));
      reserve(budget, capacity.tokenCount(), free);
    } catch (RuntimeException failure) {
      close();
      throw failure;
    }
  }

  /** What was free when it was asked may be gone, or in pieces. */
  private KvCache newCache(
      MemoryBudget budget,
      KvLayout layout,
      KvCapacity capacity,
      Placement placement,
      BackendBuffer.Contents contents) {
    Map<Device, Long> free = budget.free();
    try {
      return new KvCache(layout, options.kvTypes(), capacity, placement::ofBlock, contents);
    } catch (GgmlException noRoom) {
      throw new Shortage.Failure(budget.cache(free), noRoom);
    }
  }

  private ForwardPass newForwardPass(ExecutionContext context, MemoryBudget budget) {
    try {
      return new ForwardPass(context, options.limits(), padding(context.weights(), options));
    } catch (GgmlException noRoom) {
      throw new Shortage.Failure(budget.stream(noRoom), noRoom);
    }
  }

  private void reserve(MemoryBudget budget, int tokenCapacity, Map<Device, Long> free) {
    try {
      forwardPass.reserve(options.limits(), tokenCapacity);
    } catch (GgmlException noRoom) {
      Map<Device, Long> needed = forwardPass.bytesToReserve(options.limits(), tokenCapacity);
      throw new Shortage.Failure(budget.work(needed, free), noRoom);
    }
  }

  /** An observer would count rows that only pad. */
  private static RowPadding padding(Weights weights, EngineOptions options) {
    if (options.observer() != null) {
      return RowPadding.NONE;
    }
    return options.deterministic() ? weights.steadyRows() : weights.fastRows();
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
