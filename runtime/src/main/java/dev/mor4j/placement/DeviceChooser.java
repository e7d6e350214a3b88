package dev.mor4j.placement;

import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlException;
import dev.mor4j.ggml.GgmlLibrary;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.MorConfig;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Chooses the device for a model and the parts of the model that it takes. */
public final class DeviceChooser {
  /** ggml's name of the Metal backend. */
  private static final String METAL = "MTL";

  private static final Logger LOGGER = System.getLogger("dev.mor4j.placement");

  private final DeviceOptions options;
  private final MorConfig config;
  private final GgufFile file;
  private final List<String> warnings = new ArrayList<>();

  /**
   * Creates a chooser for one model.
   *
   * @param file only its directory is read; must stay open as long as the chooser is used
   */
  public DeviceChooser(DeviceOptions options, GgufFile file, MorConfig config) {
    this.options = options;
    this.config = config;
    this.file = file;
  }

  /**
   * Checks that the named device exists, before any model is read.
   *
   * @throws DeviceException if it does not, naming the devices that do
   */
  public static void requirePresent(DeviceOptions options) {
    if (!options.isAutomatic()) {
      var _ = named(options.device());
    }
  }

  /** Loads a model according to a placement. */
  @FunctionalInterface
  public interface Loader<W> {
    /** Throws {@link GgmlException} if a device cannot be started or has too little memory. */
    W load(Placement placement) throws IOException;
  }

  /**
   * Loads the model to the named device, or to the best device on which loading succeeds: reported
   * free memory may turn out not to be available.
   *
   * @throws DeviceException if the named device does not exist, cannot be started, or is too small
   */
  public <W> W load(Loader<W> loader) throws IOException {
    if (!options.isAutomatic()) {
      return load(loader, named(options.device()));
    }
    for (Device device : gpus()) {
      try {
        return load(loader, device);
      } catch (DeviceException unfit) {
        warn("not used: " + unfit.getMessage());
      }
    }
    return loader.load(logged(Placement.onCpu(config)));
  }

  private <W> W load(Loader<W> loader, Device device) throws IOException {
    Placement placement = placed(device);
    try {
      return loader.load(logged(placement));
    } catch (GgmlException failure) {
      if (placement.isCpuOnly()) {
        throw failure;
      }
      throw new DeviceException(device + ": " + failure.getMessage(), failure);
    }
  }

  private static Placement logged(Placement placement) {
    LOGGER.log(Level.DEBUG, () -> "placement: " + placement);
    return placement;
  }

  private void warn(String warning) {
    warnings.add(warning);
    LOGGER.log(Level.DEBUG, warning);
  }

  /** Whether parts that do not fit the device may move to the CPU. */
  public boolean mayMove(Placement placement) {
    return options.isAutomatic() && !placement.isCpuOnly();
  }

  /**
   * Loads the model with fewer parts on the device than a placement that turned out too large: as
   * many as fit by the sizes of weights, keys and values, at worst none.
   *
   * @param failed the placement that was too large; {@link #mayMove} holds for it
   * @param need the cache that is needed
   */
  public <W> W loadLess(Placement failed, CacheNeed need, Loader<W> loader) throws IOException {
    ModelBytes wanted = bytes(failed.device(), need);
    Fit fit = new Fit(failed.blocks(), failed.hasHead());
    while (true) {
      fit = fit.less(config.recursion());
      if (fit.isEmpty()) {
        return loader.load(logged(Placement.onCpu(config)));
      }
      if (fit.bytes(wanted, config.recursion()) <= failed.device().properties().freeBytes()) {
        try {
          return loader.load(logged(placement(failed.device(), fit)));
        } catch (GgmlException noMemory) {
          warn("not used: %s: %s".formatted(failed.device(), noMemory.getMessage()));
        }
      }
    }
  }

  /** Why better devices are not used, and which parts may not fit; one line each. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** All GPUs: those with memory of their own first, larger before smaller. */
  private static List<Device> gpus() {
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
                    "device: expected auto or a device of this machine (%s), found %s%s"
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
      throw new DeviceException(
          device
              + ": does not support reading and writing rows of tensors, which every model needs");
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
          "%s: the shared block's first layer needs %s with its keys and values and, by estimate, %s of working memory, but %s are free"
              .formatted(
                  device,
                  mebibytes(bytes.layers()[Placement.firstSharedLayer(config.recursion())]),
                  mebibytes(ModelBytes.DRIVER + bytes.working() + bytes.routers()),
                  mebibytes(free)));
    }
    requireFit(device, fit.bytes(bytes, config.recursion()), bytes.working(), free);
    return placement(device, fit);
  }

  /**
   * Refuses parts whose weights, keys and values do not fit. Compute memory is only estimated
   * before graphs are built, so it gives a warning.
   */
  private void requireFit(Device device, long held, long working, long free) {
    String parts =
        options.parts().stream().sorted().map(Part::key).collect(Collectors.joining(", "));
    if (held > free) {
      throw new DeviceException(
          "%s: %s: weights, keys and values need %s and, by estimate, up to %s of working memory, but %s are free"
              .formatted(device, parts, mebibytes(held), mebibytes(working), mebibytes(free)));
    }
    if (held + working > free) {
      warn(
          "%s: %s: weights, keys and values need %s and, by estimate, up to %s of working memory, but %s are free: an engine may not fit"
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
