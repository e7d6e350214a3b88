package dev.mor4j.cli.options;

import dev.mor4j.engine.Engine;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.placement.CacheNeed;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags for the types in the K/V cache; each command has its own default. */
public final class KvTypeFlags {
  /** The default of most commands: half the memory of f32 at nearly the same quality. */
  public static final String DEFAULT = "f16";

  @Option(
      names = {"-ctk", "--cache-type-k"},
      paramLabel = "TYPE",
      description =
          "Type of the keys in the K/V cache: f32, f16, bf16, q8_0 or q4_0. Default: f16 (mor logits: f32).")
  private @Nullable String keyType;

  @Option(
      names = {"-ctv", "--cache-type-v"},
      paramLabel = "TYPE",
      description = "Type of the values in the K/V cache, as for -ctk.")
  private @Nullable String valueType;

  public TensorType keys(String defaultType) {
    return parse("-ctk", keyType == null ? defaultType : keyType);
  }

  public TensorType values(String defaultType) {
    return parse("-ctv", valueType == null ? defaultType : valueType);
  }

  /**
   * The same need with the types of the flags.
   *
   * @param defaultType the type where no flag is given
   */
  public CacheNeed applyTo(CacheNeed need, String defaultType) {
    return new CacheNeed(
        need.contextSize(), need.sequences(), need.bytes(), keys(defaultType), values(defaultType));
  }

  private static TensorType parse(String flag, String name) {
    return Engine.KV_TYPES.stream()
        .filter(type -> type.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidConfigException(
                    flag, "one of " + Engine.KV_TYPES.toString().toLowerCase(Locale.ROOT), name));
  }

  /** The flags as they were given. */
  @Override
  public String toString() {
    return "-ctk %s -ctv %s".formatted(keyType, valueType);
  }
}
