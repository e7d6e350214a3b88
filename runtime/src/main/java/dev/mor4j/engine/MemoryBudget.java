package dev.mor4j.engine;

import dev.mor4j.ggml.Device;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.MorConfig;

/**
 * Says no before memory is taken: an allocation that the system grants may still end the process.
 */
final class MemoryBudget {
  private MemoryBudget() {}

  /** Bytes for keys and values. */
  static long kvBytes(MorConfig config, EngineOptions options) {
    KvLayout layout = KvLayout.of(config);
    return KvCache.requiredBytes(layout, options.kvTypes(), options.kvCapacity(layout));
  }

  /**
   * @throws EngineException if keys and values would not fit
   */
  static void require(Model model, EngineOptions options, Device device) {
    long needed = kvBytes(model.config(), options);
    long available = device.properties().freeBytes();
    if (needed > available) {
      int sequences = options.limits().sequences();
      throw new EngineException(
          "%s: a context of %d tokens%s needs %d MiB for keys and values, %d MiB are free: ask for a smaller context (-c) or smaller K/V types (-ctk, -ctv)"
              .formatted(
                  model.path(),
                  options.contextSize(),
                  sequences == 1 ? "" : " for each of %d sequences".formatted(sequences),
                  needed >> 20,
                  available >> 20));
    }
  }
}
