package dev.mor4j.cli.devices;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.output.ByteSize;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlLibrary;
import dev.mor4j.placement.Processors;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** The command {@code devices}: lists the devices to compute on. */
@Command(
    name = "devices",
    description = {
      "Lists the devices to compute on, and the backends that cannot be loaded.",
      "",
      "Backends come with the native libraries, or from the folders that the environment variable MOR4J_BACKENDS lists.",
      ""
    })
public final class DevicesCommand implements Callable<Integer> {
  @ParentCommand private @Nullable CommandContext root;

  @Override
  public Integer call() {
    StandardStreams streams = Objects.requireNonNull(root).streams();
    PrintWriter out = streams.out();
    for (Device device : Device.all()) {
      print(device, out);
    }
    GgmlLibrary.load()
        .backendProblems()
        .forEach(problem -> streams.err().println("mor: " + FailureText.oneLine(problem)));
    return ExitCodes.DONE;
  }

  private static void print(Device device, PrintWriter out) {
    Device.Properties properties = device.properties();
    out.println(device.name());
    row(out, "kind", words(device.kind()));
    row(out, "description", properties.description());
    row(
        out,
        "memory",
        "%s free of %s"
            .formatted(
                ByteSize.text(properties.freeBytes()), ByteSize.text(properties.totalBytes())));
    row(out, "features", features(device));
    if (device.kind() == Device.Kind.CPU) {
      Processors processors = Processors.here();
      row(out, "threads", "%s by default: %s".formatted(processors.threads(), processors));
    }
  }

  /** Features that are on by their names, others with their values. */
  static String features(Device device) {
    String words =
        device.features().stream()
            .filter(feature -> !feature.endsWith("=0"))
            .map(feature -> feature.endsWith("=1") ? feature.replace("=1", "") : feature)
            .collect(Collectors.joining(" "));
    return words.isEmpty() ? "none reported" : words;
  }

  private static String words(Device.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static void row(PrintWriter out, String label, String text) {
    out.printf("  %-12s %s%n", label, text.strip());
  }
}
