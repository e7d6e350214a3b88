package dev.mor4j.cli;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.Model;
import dev.mor4j.ggml.Device;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Flags that say where text is computed, and with how much memory. */
final class ComputeFlags {
  private static final String AUTO = "auto";
  private static final String USUAL_KV_TYPE = "f16";

  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "CTX",
      description =
          "Most tokens of prompt and text together; the model's own context, at most 4096, if not said.")
  private @Nullable Integer contextSize;

  @Option(
      names = "--device",
      paramLabel = "D",
      description = "Where to compute: auto or cpu. Default: auto.")
  private String device = AUTO;

  @Option(
      names = "--kv-cache-bytes",
      paramLabel = "SIZE",
      converter = ByteSize.Converter.class,
      description =
          "Memory for keys and values, as in 512M or 2G; what full contexts need, if not said. With less, sequences share it as they grow.")
  private @Nullable Long kvCacheBytes;

  @Option(
      names = "--deterministic",
      description =
          "Write the same text to the last bit whatever else runs; costs some speed with weights in f32, f16 or bf16.")
  private boolean isDeterministic;

  @ArgGroup(validate = false)
  private EngineFlags engineFlags = new EngineFlags();

  /**
   * Checks the device's name.
   *
   * @throws EngineException naming the devices there are, if it is none of them
   */
  void check() {
    if (device.equalsIgnoreCase(AUTO)) {
      return;
    }
    List<String> known =
        Device.all().stream()
            .filter(each -> each.kind() == Device.Kind.CPU)
            .map(each -> each.name().toLowerCase(Locale.ROOT))
            .toList();
    if (!known.contains(device.toLowerCase(Locale.ROOT))) {
      throw new EngineException(
          "--device: expected auto or a device to compute on (here: %s), found %s"
              .formatted(String.join(", ", known), device));
    }
  }

  /** An engine as the flags want it. */
  EngineBuilder engine(Model model) {
    EngineBuilder builder = engineFlags.applyTo(Engine.builder(model), USUAL_KV_TYPE);
    if (contextSize != null) {
      builder.contextSize(contextSize);
    }
    if (kvCacheBytes != null) {
      builder.kvCacheBytes(kvCacheBytes);
    }
    return builder.deterministic(isDeterministic);
  }
}
