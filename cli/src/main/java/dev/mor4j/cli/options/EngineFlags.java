package dev.mor4j.cli.options;

import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.Model;
import dev.mor4j.placement.CacheNeed;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags that say how to compute. */
public final class EngineFlags {
  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description =
          "Number of compute threads. Default: one per performance core (see mor devices), fewer for small models.")
  private @Nullable Integer threads;

  @Mixin private KvTypeFlags kvTypeFlags = new KvTypeFlags();

  @Mixin private DeviceFlags deviceFlags = new DeviceFlags();

  /** Tells mistakes before the model is read. */
  void check() {
    deviceFlags.check();
  }

  /**
   * Loads a model to where the flags say.
   *
   * @param need what the engine will want; its types are replaced by those of the flags
   */
  public Model load(
      ModelOptions model, CacheNeed need, String defaultKvType, StandardStreams streams)
      throws IOException {
    CacheNeed cache = kvTypeFlags.applyTo(need, defaultKvType);
    return deviceFlags.load(model.path(), cache, streams);
  }

  /** What was said of how keys and values are stored. */
  String kvTypes() {
    return kvTypeFlags.toString();
  }

  public EngineBuilder applyTo(EngineBuilder builder, String defaultKvType) {
    if (threads != null) {
      builder.threads(threads);
    }
    return builder
        .keyType(kvTypeFlags.keys(defaultKvType))
        .valueType(kvTypeFlags.values(defaultKvType));
  }
}
