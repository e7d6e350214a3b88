package dev.mor4j.placement;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * Where a model is computed.
 *
 * @param device {@code auto}; the name of a device in any case, such as {@code cpu}, {@code cuda0}
 *     or {@code vulkan0}; or the name of a backend, such as {@code cuda} or {@code metal}, for its
 *     first device
 * @param parts the parts that the device takes; empty for as many as fit, the shared block first
 *     because every recursion step uses it
 * @param cache the cache for which memory is left free
 */
public record DeviceOptions(String device, Set<Part> parts, CacheNeed cache) {
  private static final String AUTOMATIC = "auto";

  /** The best usable device, with a warning for each better device that cannot be used. */
  public static final DeviceOptions AUTO = named(AUTOMATIC);

  /** The CPU. */
  public static final DeviceOptions CPU = named("cpu");

  public DeviceOptions {
    device = device.strip().toLowerCase(Locale.ROOT);
    parts = parts.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(parts));
  }

  /** A device by its name, which takes as many parts as fit. */
  public static DeviceOptions named(String device) {
    return new DeviceOptions(device, Set.of(), CacheNeed.DEFAULT);
  }

  /** These options with the given parts on the device and the others on the CPU. */
  public DeviceOptions withParts(Set<Part> wanted) {
    return new DeviceOptions(device, wanted, cache);
  }

  /** These options with memory left free for another cache. */
  public DeviceOptions withCache(CacheNeed need) {
    return new DeviceOptions(device, parts, need);
  }

  /** Whether the choice of device is left to the library. */
  public boolean isAutomatic() {
    return device.equals(AUTOMATIC);
  }
}
