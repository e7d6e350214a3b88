package dev.mor4j.placement;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * Where a model should be computed.
 *
 * @param device {@code auto}, or a device's name in any case: {@code cpu}, {@code cuda0}, {@code
 *     vulkan0}, or its backend's, as {@code cuda} or {@code metal}, for the first of these
 * @param parts what the device takes; none for as much as fits, the shared block first, since its
 *     bytes serve every step
 * @param cache what room is left for
 */
public record DeviceOptions(String device, Set<Part> parts, CacheNeed cache) {
  private static final String AUTOMATIC = "auto";

  /** The best device there is, or the CPU, with a warning where a better one cannot be used. */
  public static final DeviceOptions AUTO = named(AUTOMATIC);

  /** The CPU. */
  public static final DeviceOptions CPU = named("cpu");

  public DeviceOptions {
    device = device.strip().toLowerCase(Locale.ROOT);
    parts = parts.isEmpty() ? Set.of() : Set.copyOf(EnumSet.copyOf(parts));
  }

  /** A device by its name, with as much of the model as fits. */
  public static DeviceOptions named(String device) {
    return new DeviceOptions(device, Set.of(), CacheNeed.DEFAULT);
  }

  /** The same with these parts on the device, and the others on the CPU. */
  public DeviceOptions withParts(Set<Part> wanted) {
    return new DeviceOptions(device, wanted, cache);
  }

  /** The same with room left for another cache. */
  public DeviceOptions withCache(CacheNeed need) {
    return new DeviceOptions(device, parts, need);
  }

  /** Whether the best device is wanted, whichever that is. */
  public boolean isAutomatic() {
    return device.equals(AUTOMATIC);
  }
}
