package dev.mor4j.cli.options;

import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.LoadOptions;
import dev.mor4j.engine.Model;
import dev.mor4j.ggml.GgmlLibrary;
import dev.mor4j.placement.CacheNeed;
import dev.mor4j.placement.DeviceChooser;
import dev.mor4j.placement.DeviceException;
import dev.mor4j.placement.DeviceOptions;
import dev.mor4j.placement.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags for the device. */
public final class DeviceFlags {
  @Option(
      names = "--device",
      paramLabel = "D",
      description =
          "Device to compute on: auto, cpu, or a name that mor devices lists, such as cuda0, vulkan0 or metal. Default: auto, the best available.")
  private @Nullable String device;

  @Option(
      names = "--device-parts",
      paramLabel = "PARTS",
      description =
          "Parts of the model to place on the device, with their K/V cache: some of prelude,block,coda. Default: as many as fit, the shared block first.")
  private @Nullable String parts;

  @Option(
      names = "--no-mmap",
      description =
          "Copy the weights into memory instead of mapping the file, which may then be overwritten.")
  private boolean isCopied;

  private DeviceOptions options() {
    DeviceOptions named =
        device == null ? DeviceOptions.AUTO : DeviceOptions.named(Objects.requireNonNull(device));
    Set<Part> wanted = parts == null ? Set.of() : Part.parse(parts);
    return named.withParts(wanted);
  }

  /**
   * Checks the flags before the model is read.
   *
   * @throws DeviceException if there is no such device; lists the devices
   */
  void check() {
    DeviceOptions options = options();
    if (parts != null && options.device().equals(DeviceOptions.CPU.device())) {
      throw new UsageException(
          "--device-parts: expected a device other than the CPU, found --device cpu");
    }
    try {
      DeviceChooser.requirePresent(options);
    } catch (DeviceException absent) {
      throw new DeviceException("--" + absent.getMessage(), absent);
    }
  }

  /**
   * Loads a model to the device that the flags name, and reports the placement unless all is on the
   * CPU.
   */
  public Model load(Path file, CacheNeed cache, StandardStreams streams) throws IOException {
    check();
    LoadOptions.WeightStorage storage =
        isCopied ? LoadOptions.WeightStorage.COPIED : LoadOptions.WeightStorage.MAPPED;
    Model model = Model.load(file, new LoadOptions(options().withCache(cache), storage));
    for (String warning : model.warnings()) {
      streams.err().println("mor: " + FailureText.oneLine(warning));
    }
    if (!model.placement().isCpuOnly()) {
      streams.err().println("mor: " + model.placement());
    } else if (options().isAutomatic()) {
      reportProblems(streams);
    }
    return model;
  }

  /** Reports why an automatic choice fell on the CPU. */
  private void reportProblems(StandardStreams streams) {
    GgmlLibrary.load()
        .backendProblems()
        .forEach(problem -> streams.err().println("mor: " + FailureText.oneLine(problem)));
    if (device != null) {
      streams.err().println("mor: no usable GPU (see mor devices); computing on the CPU");
    }
  }
}
