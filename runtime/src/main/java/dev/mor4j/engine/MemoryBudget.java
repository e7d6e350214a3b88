package dev.mor4j.engine;

import dev.mor4j.ggml.Device;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvTypes;

/**
 * Says no before memory is taken: an allocation that the system grants may still end the process.
 */
final class MemoryBudget {
  private MemoryBudget() {}

  /**
   * @throws EngineException if keys and values for the whole context would not fit
   */
  static void require(
      Model model, KvLayout layout, KvTypes types, EngineOptions options, Device device) {
    long needed = KvCache.requiredBytes(layout, types, options.contextSize());
    long available = device.properties().freeBytes();
    if (needed > available) {
      throw new EngineException(
          "%s: a context of %d tokens needs %d MiB for keys and values, %d MiB are free: ask for a smaller context (-c) or smaller K/V types (-ctk, -ctv)"
              .formatted(model.path(), options.contextSize(), needed >> 20, available >> 20));
    }
  }
}
