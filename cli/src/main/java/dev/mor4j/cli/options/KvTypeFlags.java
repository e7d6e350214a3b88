package dev.mor4j.cli.options;

import dev.mor4j.engine.Engine;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.placement.CacheNeed;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags that say how keys and values are stored; each command has its own usual type. */
public final class KvTypeFlags {
  /** Half the memory of f32, and no difference that anybody reads. */
  public static final String USUAL = "f16";

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

  public TensorType keys(String usual) {
    return parse("-ctk", keyType == null ? usual : keyType);
  }

  public TensorType values(String usual) {
    return parse("-ctv", valueType == null ? usual : valueType);
  }

  /** The same need with keys and values of these types. */
  public CacheNeed applyTo(CacheNeed need, String usual) {
    return new CacheNeed(
        need.contextSize(), need.sequences(), need.bytes(), keys(usual), values(usual));
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

  /** What was said. */
  @Override
  public String toString() {
    return "-ctk %s -ctv %s".formatted(keyType, valueType);
  }
}
