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
  private final ModelBytes bytes;
  private final List<String> warnings = new ArrayList<>();

  /**
   * A choice for one model.
   *
   * @param file read for its directory only
   */
  public DeviceChooser(DeviceOptions options, GgufFile file, MorConfig config) {
    this.options = options;
    this.config = config;
    bytes = ModelBytes.of(file, config, options.cache());
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
        warnings.add(String.valueOf(unfit.getMessage()));
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

  /** Why better devices were passed over so far. */
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
          "%s: the shared block's first layer needs %s with its keys and values and %s to work with, %s are free"
              .formatted(
                  device,
                  mebibytes(bytes.layers()[Placement.firstSharedLayer(config.recursion())]),
                  mebibytes(bytes.working() + bytes.routers()),
                  mebibytes(free)));
    }
    if (fit.bytes(bytes) > free) {
      throw new DeviceException(
          "%s: %s need %s for weights, keys and values, %s are free"
              .formatted(
                  device,
                  options.parts().stream()
                      .sorted()
                      .map(Part::key)
                      .collect(Collectors.joining(", ")),
                  mebibytes(fit.bytes(bytes)),
                  mebibytes(free)));
    }
    Device cpu = Device.cpu();
    return new Placement(device, cpu, config.recursion(), fit.blocks(), fit.hasHead());
  }

  private static String mebibytes(long count) {
    return Math.ceilDiv(count, 1L << 20) + " MiB";
  }
}
