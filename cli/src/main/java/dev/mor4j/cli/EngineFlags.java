package dev.mor4j.cli;

import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.Model;
import dev.mor4j.placement.CacheNeed;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Flags that say how to compute. */
final class EngineFlags {
  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description =
          "Threads that compute; one for each performance core (see mor devices), fewer for small models, if not said.")
  private @Nullable Integer threads;

  @Option(
      names = {"-ctk", "--cache-type-k"},
      paramLabel = "TYPE",
      description = "How keys are stored: f32, f16, bf16, q8_0 or q4_0.")
  private @Nullable String keyType;

  @Option(
      names = {"-ctv", "--cache-type-v"},
      paramLabel = "TYPE",
      description = "How values are stored, as -ctk.")
  private @Nullable String valueType;

  @ArgGroup(validate = false)
  private DeviceFlags deviceFlags = new DeviceFlags();

  /** Tells mistakes before the model is read. */
  void check() {
    deviceFlags.check();
  }

  /**
   * Loads a model to where the flags say.
   *
   * @param need what the engine will want; its types are replaced by those of the flags
   */
  Model load(ModelOptions model, CacheNeed need, String defaultKvType, StandardStreams streams)
      throws IOException {
    CacheNeed cache =
        new CacheNeed(
            need.contextSize(),
            need.sequences(),
            need.bytes(),
            KvTypeNames.parse("-ctk", keyType == null ? defaultKvType : keyType),
            KvTypeNames.parse("-ctv", valueType == null ? defaultKvType : valueType));
    return deviceFlags.load(model.path(), cache, streams);
  }

  /** What was said of how keys and values are stored. */
  String kvTypes() {
    return "-ctk %s -ctv %s".formatted(keyType, valueType);
  }

  EngineBuilder applyTo(EngineBuilder builder, String defaultKvType) {
    if (threads != null) {
      builder.threads(threads);
    }
    return builder
        .keyType(KvTypeNames.parse("-ctk", keyType == null ? defaultKvType : keyType))
        .valueType(KvTypeNames.parse("-ctv", valueType == null ? defaultKvType : valueType));
  }
}
