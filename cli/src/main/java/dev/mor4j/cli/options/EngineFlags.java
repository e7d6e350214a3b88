package dev.mor4j.cli.options;

import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.Model;
import dev.mor4j.placement.CacheNeed;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags for threads, the K/V cache and the device. */
public final class EngineFlags {
  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      description =
          "Number of compute threads. Default: one per performance core (see mor devices), fewer for small models.")
  private @Nullable Integer threads;

  @Mixin private KvTypeFlags kvTypeFlags = new KvTypeFlags();

  @Mixin private DeviceFlags deviceFlags = new DeviceFlags();

  /** Checks the flags before the model is read. */
  void check() {
    deviceFlags.check();
  }

  /**
   * Loads a model to the device that the flags name.
   *
   * @param need the cache that the engine will need; the flags replace its types
   */
  public Model load(
      ModelOptions model, CacheNeed need, String defaultKvType, StandardStreams streams)
      throws IOException {
    CacheNeed cache = kvTypeFlags.applyTo(need, defaultKvType);
    return deviceFlags.load(model.path(), cache, streams);
  }

  /** The types of keys and values as they were given, to compare runs. */
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
