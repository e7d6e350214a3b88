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
 * The native resources of an engine: backends, compute threads, K/V cache and graphs. Created, used
 * and closed by the engine's thread only.
 */
final class EngineResources implements AutoCloseable {
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private final EngineOptions options;
  private final KvCache cache;
  private final ForwardPass forwardPass;

  /**
   * Allocates everything that the largest batch at the longest context needs.
   *
   * @param weights borrowed; their placement selects the devices
   * @param cancelFlag stops running graphs; borrowed
   * @throws InsufficientMemory.Failure if a device has not enough memory
   */
  EngineResources(MorConfig config, Weights weights, EngineOptions options, CancelFlag cancelFlag) {
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
          new ExecutionContext(config, weights, cache, kernel, backends, options.observers());
      forwardPass = own(newForwardPass(context, budget));
      reserve(budget, capacity.tokenCount(), free);
    } catch (RuntimeException | Error failure) {
      close();
      throw failure;
    }
  }

  /** Memory that was free when it was estimated may be taken or fragmented by now. */
  private KvCache newCache(
      MemoryBudget budget,
      KvLayout layout,
      KvCapacity capacity,
      Placement placement,
      BackendBuffer.Contents contents) {
    Map<Device, Long> free = budget.free();
    try {
      return new KvCache(layout, options.kvTypes(), capacity, placement::ofBlock, contents);
    } catch (GgmlException noMemory) {
      throw new InsufficientMemory.Failure(budget.cache(free), noMemory);
    }
  }

  private ForwardPass newForwardPass(ExecutionContext context, MemoryBudget budget) {
    try {
      return new ForwardPass(context, options.limits(), padding(context.weights(), options));
    } catch (GgmlException noMemory) {
      throw new InsufficientMemory.Failure(budget.stream(noMemory), noMemory);
    }
  }

  /** Measures the graphs first: memory that the system grants may still be missing when used. */
  private void reserve(MemoryBudget budget, int tokenCapacity, Map<Device, Long> free) {
    Map<Device, Long> needed = forwardPass.bytesToReserve(options.limits(), tokenCapacity);
    budget.requireWork(needed, free);
    try {
      forwardPass.reserve(options.limits(), tokenCapacity);
    } catch (GgmlException noMemory) {
      throw new InsufficientMemory.Failure(budget.work(needed, free), noMemory);
    }
  }

  /** No padding with an observer, which would count the rows of the padding. */
  private static RowPadding padding(Weights weights, EngineOptions options) {
    if (options.observers().arePresent()) {
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

  /** The batch loop of this cache and forward pass; call it once. */
  BatchLoop newLoop() {
    return new BatchLoop(
        options.limits(), options.batching(), cache.layout(), cache.slots(), forwardPass);
  }

  /** Closes everything in the reverse order of creation. */
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
