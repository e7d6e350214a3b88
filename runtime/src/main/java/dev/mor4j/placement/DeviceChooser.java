package dev.mor4j.placement;

import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlException;
import dev.mor4j.ggml.GgmlLibrary;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.MorConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Finds the device that options ask for, and what of a model fits on it. */
public final class DeviceChooser {
  /** What ggml calls the backend that everybody calls Metal. */
  private static final String METAL = "MTL";

  private final DeviceOptions options;
  private final MorConfig config;
  private final GgufFile file;
  private final List<String> warnings = new ArrayList<>();

  /**
   * A choice for one model.
   *
   * @param file read for its directory only; stays open as long as the choice
   */
  public DeviceChooser(DeviceOptions options, GgufFile file, MorConfig config) {
    this.options = options;
    this.config = config;
    this.file = file;
  }

  /**
   * Checks that a device of that name is there, before any model is read.
   *
   * @throws DeviceException naming those there are
   */
  public static void requirePresent(DeviceOptions options) {
    if (!options.isAutomatic()) {
      var _ = named(options.device());
    }
  }

  /** Brings a model to where a placement says. */
  @FunctionalInterface
  public interface Loader<W> {
    /** Fails with a {@link GgmlException} if a device cannot be started or has no room. */
    W load(Placement placement) throws IOException;
  }

  /**
   * Loads to the device that was named, or to the best that takes it: what devices promise is known
   * for sure only when they have it.
   *
   * @throws DeviceException if the device that was named is not there, cannot be started, or is too
   *     small
   */
  public <W> W load(Loader<W> loader) throws IOException {
    if (!options.isAutomatic()) {
      return load(loader, named(options.device()));
    }
    for (Device device : faster()) {
      try {
        return load(loader, device);
      } catch (DeviceException unfit) {
        warnings.add("not used: " + unfit.getMessage());
      }
    }
    return loader.load(Placement.onCpu(config));
  }

  private <W> W load(Loader<W> loader, Device device) throws IOException {
    Placement placement = placed(device);
    try {
      return loader.load(placement);
    } catch (GgmlException failure) {
      if (placement.isCpuOnly()) {
        throw failure;
      }
      throw new DeviceException(device + ": " + failure.getMessage(), failure);
    }
  }

  /** Whether what a device has no room for may be computed on the CPU instead. */
  public boolean mayMove(Placement placement) {
    return options.isAutomatic() && !placement.isCpuOnly();
  }

  /**
   * Loads with less on the device than a placement that turned out too large, as far as weights,
   * keys and values fit there by their number; at worst all to the CPU.
   *
   * @param failed may move
   * @param need keys and values that are wanted after all
   */
  public <W> W loadLess(Placement failed, CacheNeed need, Loader<W> loader) throws IOException {
    ModelBytes wanted = bytes(failed.device(), need);
    Fit fit = new Fit(failed.blocks(), failed.hasHead());
    while (true) {
      fit = fit.less(config.recursion());
      if (fit.isEmpty()) {
        return loader.load(Placement.onCpu(config));
      }
      if (fit.bytes(wanted, config.recursion()) <= failed.device().properties().freeBytes()) {
        try {
          return loader.load(placement(failed.device(), fit));
        } catch (GgmlException noRoom) {
          warnings.add("not used: %s: %s".formatted(failed.device(), noRoom.getMessage()));
        }
      }
    }
  }

  /** Why better devices were passed over so far, and what may find no room; a line each. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** GPUs before those that share the host's memory, larger before smaller. */
  private static List<Device> faster() {
    return Device.all().stream()
        .filter(DeviceChooser::isGpu)
        .sorted(
            Comparator.comparing(Device::kind)
                .thenComparingLong(device -> -device.properties().freeBytes()))
        .toList();
  }

  private static boolean isGpu(Device device) {
    return switch (device.kind()) {
      case GPU, INTEGRATED_GPU -> true;
      case CPU, ACCELERATOR, OTHER -> false;
    };
  }

  private static Device named(String name) {
    List<Device> usable =
        Device.all().stream()
            .filter(device -> isGpu(device) || device.kind() == Device.Kind.CPU)
            .toList();
    return find(usable, name)
        .orElseThrow(
            () ->
                new DeviceException(
                    "device: expected auto or a device to compute on (here: %s), found %s%s"
                        .formatted(
                            usable.stream()
                                .map(device -> device.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", ")),
                            name,
                            GgmlLibrary.load().backendProblems().stream()
                                .map(problem -> "; " + problem)
                                .collect(Collectors.joining()))));
  }

  private static Optional<Device> find(List<Device> devices, String name) {
    String backend = name.equals("metal") ? METAL : name;
    return devices.stream()
        .filter(device -> device.name().equalsIgnoreCase(name))
        .findFirst()
        .or(
            () ->
                devices.stream()
                    .filter(device -> device.backendName().equalsIgnoreCase(backend))
                    .findFirst());
  }

  private Placement placed(Device device) {
    if (device.kind() == Device.Kind.CPU) {
      return Placement.onCpu(config);
    }
    if (!DeviceTrial.keepsStream(device)) {
      throw new DeviceException(device + ": cannot write rows of tensors, which every model needs");
    }
    long free = device.properties().freeBytes();
    ModelBytes bytes = bytes(device, options.cache());
    Fit fit =
        options.parts().isEmpty()
            ? Fit.within(bytes, config.recursion(), free)
            : Fit.of(options.parts(), config.recursion());
    if (fit.isEmpty() && !options.parts().isEmpty()) {
      throw new InvalidConfigException(
          "device parts",
          "block or coda, since this model has no layer before its block",
          Part.PRELUDE.key());
    }
    if (fit.isEmpty()) {
      throw new DeviceException(
          "%s: the shared block's first layer needs %s with its keys and values and, by estimate, %s to work with, %s are free"
              .formatted(
                  device,
                  mebibytes(bytes.layers()[Placement.firstSharedLayer(config.recursion())]),
                  mebibytes(ModelBytes.DRIVER + bytes.working() + bytes.routers()),
                  mebibytes(free)));
    }
    requireRoom(device, fit.bytes(bytes, config.recursion()), bytes.working(), free);
    return placement(device, fit);
  }

  /** What graphs need is not known before they are built, so that alone refuses nothing. */
  private void requireRoom(Device device, long held, long working, long free) {
    String parts =
        options.parts().stream().sorted().map(Part::key).collect(Collectors.joining(", "));
    if (held > free) {
      throw new DeviceException(
          "%s: %s: %s needed for weights, keys and values, and by estimate up to %s to work with, %s are free"
              .formatted(device, parts, mebibytes(held), mebibytes(working), mebibytes(free)));
    }
    if (held + working > free) {
      warnings.add(
          "%s: %s: %s needed for weights, keys and values, and by estimate up to %s to work with, %s are free: an engine may find no room"
              .formatted(device, parts, mebibytes(held), mebibytes(working), mebibytes(free)));
    }
  }

  private ModelBytes bytes(Device device, CacheNeed need) {
    return ModelBytes.of(
        file,
        config,
        need,
        DeviceTrial.attendsFused(device, config.attention(), need.types())
            ? ModelBytes.Attending.FUSED
            : ModelBytes.Attending.COMPOSED);
  }

  private Placement placement(Device device, Fit fit) {
    return new Placement(device, Device.cpu(), config.recursion(), fit.blocks(), fit.hasHead());
  }

  private static String mebibytes(long count) {
    return Math.ceilDiv(count, 1L << 20) + " MiB";
  }
}
