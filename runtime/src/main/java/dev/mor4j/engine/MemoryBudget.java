package dev.mor4j.engine;

import dev.mor4j.batch.BatchLimits;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlException;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.MorConfig;
import dev.mor4j.placement.Placement;
import java.util.HashMap;
import java.util.Map;

/** What an engine needs of each device, and what is free there: says what does not fit. */
final class MemoryBudget {
  private final MorConfig config;
  private final EngineOptions options;
  private final Placement placement;

  MemoryBudget(MorConfig config, EngineOptions options, Placement placement) {
    this.config = config;
    this.options = options;
    this.placement = placement;
  }

  /** Bytes for keys and values, wherever they are. */
  static long kvBytes(MorConfig config, EngineOptions options) {
    KvLayout layout = KvLayout.of(config);
    return KvCache.requiredBytes(layout, options.kvTypes(), options.kvCapacity(layout));
  }

  /** Bytes that are free on each device now. */
  Map<Device, Long> free() {
    Map<Device, Long> free = new HashMap<>();
    placement.devices().forEach(device -> free.put(device, device.properties().freeBytes()));
    return free;
  }

  /**
   * Says no before memory is taken: an allocation that the system grants may still end the process.
   *
   * @throws Shortage.Failure if keys and values would not fit
   */
  void requireCache() {
    Map<Device, Long> free = free();
    for (Device device : placement.devices()) {
      if (cacheBytes(device) > free.getOrDefault(device, 0L)) {
        throw new Shortage.Failure(cache(device, free));
      }
    }
  }

  /** Keys and values for which there was no room, on the device that is fullest. */
  Shortage cache(Map<Device, Long> free) {
    return cache(placement.device(), free);
  }

  private Shortage cache(Device device, Map<Device, Long> free) {
    int sequences = options.limits().sequences();
    return new Shortage(
        "a context of %d tokens%s needs %d MiB for keys and values%s, %d MiB are free"
            .formatted(
                options.contextSize(),
                sequences == 1 ? "" : " for each of %d sequences".formatted(sequences),
                cacheBytes(device) >> 20,
                placement.isCpuOnly() ? "" : " on " + device,
                free.getOrDefault(device, 0L) >> 20),
        "ask for a smaller context (-c) or smaller K/V types (-ctk, -ctv)" + orFewerParts(device));
  }

  /**
   * Memory to compute with for which there was no room, on the first device that has less than it
   * needs.
   *
   * @param needed by device
   * @param free by device, before any of it was taken
   */
  Shortage work(Map<Device, Long> needed, Map<Device, Long> free) {
    BatchLimits limits = options.limits();
    Device device =
        placement.devices().stream()
            .filter(each -> needed.getOrDefault(each, 0L) > free.getOrDefault(each, 0L))
            .findFirst()
            .orElse(placement.device());
    return new Shortage(
        "batches of %d tokens at a context of %d need %d MiB to compute with on %s, %d MiB are free"
            .formatted(
                limits.maxRowCount(),
                options.contextSize(),
                Math.ceilDiv(needed.getOrDefault(device, 0L), 1L << 20),
                device,
                free.getOrDefault(device, 0L) >> 20),
        "ask for smaller batches or a smaller context (-c)" + orFewerParts(device));
  }

  /** The residual stream, which is the first thing that batches need. */
  Shortage stream(GgmlException noRoom) {
    Device device = placement.ofStream();
    return new Shortage(
        "batches of %d tokens find no room on %s, %d MiB are free (%s)"
            .formatted(
                options.limits().maxRowCount(),
                device,
                device.properties().freeBytes() >> 20,
                noRoom.getMessage()),
        "ask for smaller batches" + orFewerParts(device));
  }

  private String orFewerParts(Device device) {
    return device.equals(placement.cpu()) ? "" : ", or fewer parts on the device";
  }

  private long cacheBytes(Device device) {
    KvLayout layout = KvLayout.of(config);
    return KvCache.requiredBytes(
        layout, options.kvTypes(), options.kvCapacity(layout), placement::ofBlock, device);
  }
}
