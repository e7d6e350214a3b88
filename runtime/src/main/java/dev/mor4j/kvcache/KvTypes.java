package dev.mor4j.kvcache;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.InvalidConfigException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * How keys and values are stored.
 *
 * @param keys one of {@link #ALLOWED}
 * @param values one of {@link #ALLOWED}
 */
public record KvTypes(TensorType keys, TensorType values) {
  /** Types that ggml both writes row by row and reads in attention. */
  public static final List<TensorType> ALLOWED =
      List.of(TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.Q8_0, TensorType.Q4_0);

  /** Half precision, as is usual. */
  public static final KvTypes F16 = new KvTypes(TensorType.F16, TensorType.F16);

  public KvTypes {
    for (TensorType type : List.of(keys, values)) {
      if (!ALLOWED.contains(type)) {
        throw new InvalidConfigException("K/V type", "one of " + ALLOWED, type.toString());
      }
    }
  }

  /**
   * Reads the name of a type as flags spell it, such as {@code q8_0}.
   *
   * @throws InvalidConfigException if it is none of {@link #ALLOWED}
   */
  public static TensorType parse(String flag, String name) {
    return ALLOWED.stream()
        .filter(type -> type.name().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidConfigException(
                    flag,
                    "one of " + Arrays.toString(ALLOWED.toArray()).toLowerCase(Locale.ROOT),
                    name));
  }
}
