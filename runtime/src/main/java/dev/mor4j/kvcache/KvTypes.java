package dev.mor4j.kvcache;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.InvalidConfigException;
import java.util.List;

/**
 * The tensor types of keys and values.
 *
 * @param keys one of {@link #ALLOWED}
 * @param values one of {@link #ALLOWED}
 */
public record KvTypes(TensorType keys, TensorType values) {
  /** Types that ggml can both write row by row and read in attention. */
  public static final List<TensorType> ALLOWED =
      List.of(TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.Q8_0, TensorType.Q4_0);

  /** Half precision for both, the default. */
  public static final KvTypes F16 = new KvTypes(TensorType.F16, TensorType.F16);

  public KvTypes {
    for (TensorType type : List.of(keys, values)) {
      if (!ALLOWED.contains(type)) {
        throw new InvalidConfigException("K/V type", "one of " + ALLOWED, type.toString());
      }
    }
  }
}
