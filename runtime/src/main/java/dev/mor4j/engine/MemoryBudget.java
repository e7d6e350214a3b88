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

/** Compares the memory that an engine needs on each device with what is free there. */
final class MemoryBudget {
  private final MorConfig config;
  private final EngineOptions options;
  private final Placement placement;

  MemoryBudget(MorConfig config, EngineOptions options, Placement placement) {
    this.config = config;
    this.options = options;
    this.placement = placement;
  }

  /** Bytes for keys and values on all devices together. */
  static long kvBytes(MorConfig config, EngineOptions options) {
    KvLayout layout = KvLayout.of(config);
    return KvCache.requiredBytes(layout, options.kvTypes(), options.kvCapacity(layout));
  }

  /** Free bytes of each device at this moment. */
  Map<Device, Long> free() {
    Map<Device, Long> free = new HashMap<>();
    placement.devices().forEach(device -> free.put(device, device.properties().freeBytes()));
    return free;
  }

  /**
   * Checks that keys and values fit, before memory is allocated: an allocation that the system
   * grants may still end the process when the memory is used.
   *
   * @throws InsufficientMemory.Failure if they do not fit
   */
  void requireCache() {
    Map<Device, Long> free = free();
    for (Device device : placement.devices()) {
      if (cacheBytes(device) > free.getOrDefault(device, 0L)) {
        throw new InsufficientMemory.Failure(cache(device, free));
      }
    }
  }

  /** Describes keys and values that do not fit the first device. */
  InsufficientMemory cache(Map<Device, Long> free) {
    return cache(placement.device(), free);
  }

  private InsufficientMemory cache(Device device, Map<Device, Long> free) {
    int sequences = options.limits().sequences();
    return new InsufficientMemory(
        "a context of %s tokens%s needs %s MiB for keys and values%s, %s MiB are free"
            .formatted(
                options.contextSize(),
                sequences == 1 ? "" : " for each of %s sequences".formatted(sequences),
                cacheBytes(device) >> 20,
                placement.isCpuOnly() ? "" : " on " + device,
                free.getOrDefault(device, 0L) >> 20),
        "use a smaller context or smaller types for keys and values" + orFewerParts(device));
  }

  /**
   * Checks that the graphs of the largest batch fit.
   *
   * @param needed bytes by device
   * @param free bytes by device, before any of them were allocated
   * @throws InsufficientMemory.Failure if they do not fit
   */
  void requireWork(Map<Device, Long> needed, Map<Device, Long> free) {
    for (Device device : placement.devices()) {
      if (needed.getOrDefault(device, 0L) > free.getOrDefault(device, 0L)) {
        throw new InsufficientMemory.Failure(work(needed, free));
      }
    }
  }

  /**
   * Describes compute memory that does not fit, on the first device that has less than is needed.
   *
   * @param needed bytes by device
   * @param free bytes by device, before any of them were allocated
   */
  InsufficientMemory work(Map<Device, Long> needed, Map<Device, Long> free) {
    BatchLimits limits = options.limits();
    Device device =
        placement.devices().stream()
            .filter(each -> needed.getOrDefault(each, 0L) > free.getOrDefault(each, 0L))
            .findFirst()
            .orElse(placement.device());
    return new InsufficientMemory(
        "batches of %s tokens at a context of %s need %s MiB of working memory on %s, %s MiB are free"
            .formatted(
                limits.maxRowCount(),
                options.contextSize(),
                Math.ceilDiv(needed.getOrDefault(device, 0L), 1L << 20),
                device,
                free.getOrDefault(device, 0L) >> 20),
        "use smaller batches or a smaller context" + orFewerParts(device));
  }

  /** Describes a residual stream that does not fit. */
  InsufficientMemory stream(GgmlException noMemory) {
    Device device = placement.ofStream();
    return new InsufficientMemory(
        "the residual stream of batches of %s tokens does not fit %s, %s MiB are free (%s)"
            .formatted(
                options.limits().maxRowCount(),
                device,
                device.properties().freeBytes() >> 20,
                noMemory.getMessage()),
        "use smaller batches" + orFewerParts(device));
  }

  private String orFewerParts(Device device) {
    return device.equals(placement.cpu()) ? "" : ", or place fewer parts on the device";
  }

  private long cacheBytes(Device device) {
    KvLayout layout = KvLayout.of(config);
    return KvCache.requiredBytes(
        layout, options.kvTypes(), options.kvCapacity(layout), placement::ofBlock, device);
  }
}
