package dev.mor4j.engine;

import dev.mor4j.ggml.Device;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.MorConfig;
import dev.mor4j.placement.Placement;

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
  static void require(Model model, EngineOptions options) {
    Placement placement = model.placement();
    for (Device device : placement.devices()) {
      long needed = kvBytes(model.config(), options, placement, device);
      long available = device.properties().freeBytes();
      if (needed > available) {
        int sequences = options.limits().sequences();
        throw new EngineException(
            "%s: a context of %d tokens%s needs %d MiB for keys and values%s, %d MiB are free: ask for a smaller context (-c) or smaller K/V types (-ctk, -ctv)%s"
                .formatted(
                    model.path(),
                    options.contextSize(),
                    sequences == 1 ? "" : " for each of %d sequences".formatted(sequences),
                    needed >> 20,
                    placement.isCpuOnly() ? "" : " on " + device,
                    available >> 20,
                    device.equals(placement.cpu()) ? "" : ", or fewer parts on the device"));
      }
    }
  }

  private static long kvBytes(
      MorConfig config, EngineOptions options, Placement placement, Device device) {
    KvLayout layout = KvLayout.of(config);
    return KvCache.requiredBytes(
        layout, options.kvTypes(), options.kvCapacity(layout), placement::ofBlock, device);
  }
}
