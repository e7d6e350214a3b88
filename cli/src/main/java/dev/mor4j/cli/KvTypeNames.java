package dev.mor4j.cli;

import dev.mor4j.engine.Engine;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.InvalidConfigException;
import java.util.Locale;

/** Names of K/V types as flags spell them. */
final class KvTypeNames {
  private KvTypeNames() {}

  static TensorType parse(String flag, String name) {
    return Engine.KV_TYPES.stream()
        .filter(type -> type.name().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidConfigException(
                    flag, "one of " + Engine.KV_TYPES.toString().toLowerCase(Locale.ROOT), name));
  }
}
