package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The types of weight matrices, and fallbacks for rows that do not fill their blocks. */
public final class WeightTypes {
  private static final Set<TensorType> WITH_IMPORTANCES =
      EnumSet.of(
          TensorType.IQ1_S,
          TensorType.IQ1_M,
          TensorType.IQ2_XXS,
          TensorType.IQ2_XS,
          TensorType.IQ2_S,
          TensorType.IQ3_XXS);

  private static final Set<TensorType> NO_WEIGHTS =
      EnumSet.of(
          TensorType.Q8_1,
          TensorType.Q8_K,
          TensorType.I8,
          TensorType.I16,
          TensorType.I32,
          TensorType.I64,
          TensorType.F64);

  /**
   * For types of large blocks, the next better type of small blocks. Source: {@code
   * tensor_type_fallback} of llama-quant.cpp; Q1_0 and NVFP4, for which it has none, are ours.
   */
  private static final Map<TensorType, TensorType> OF_SMALLER_BLOCKS =
      Map.ofEntries(
          Map.entry(TensorType.IQ1_S, TensorType.IQ4_NL),
          Map.entry(TensorType.IQ1_M, TensorType.IQ4_NL),
          Map.entry(TensorType.IQ2_XXS, TensorType.IQ4_NL),
          Map.entry(TensorType.IQ2_XS, TensorType.IQ4_NL),
          Map.entry(TensorType.IQ2_S, TensorType.IQ4_NL),
          Map.entry(TensorType.IQ3_XXS, TensorType.IQ4_NL),
          Map.entry(TensorType.IQ3_S, TensorType.IQ4_NL),
          Map.entry(TensorType.IQ4_XS, TensorType.IQ4_NL),
          Map.entry(TensorType.Q1_0, TensorType.Q4_0),
          Map.entry(TensorType.Q2_0, TensorType.Q4_0),
          Map.entry(TensorType.Q2_K, TensorType.Q4_0),
          Map.entry(TensorType.Q3_K, TensorType.Q4_0),
          Map.entry(TensorType.TQ1_0, TensorType.Q4_0),
          Map.entry(TensorType.TQ2_0, TensorType.Q4_0),
          Map.entry(TensorType.NVFP4, TensorType.Q4_0),
          Map.entry(TensorType.Q4_K, TensorType.Q5_0),
          Map.entry(TensorType.Q5_K, TensorType.Q5_1),
          Map.entry(TensorType.Q6_K, TensorType.Q8_0));

  private WeightTypes() {}

  /**
   * The type of that name, in any case.
   *
   * @throws IllegalArgumentException if no type for weights has that name
   */
  public static TensorType named(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    for (TensorType type : TensorType.values()) {
      if (type.name().equals(upper) && isReadable(type)) {
        return type;
      }
    }
    throw new IllegalArgumentException("expected one of %s, found '%s'".formatted(names(), name));
  }

  private static String names() {
    return Arrays.stream(TensorType.values())
        .filter(WeightTypes::isReadable)
        .map(TensorType::name)
        .collect(Collectors.joining(", "));
  }

  /** Whether matrices of blocks are useless if they are encoded without importances. */
  static boolean isBetterWithImportances(TensorType type) {
    return WITH_IMPORTANCES.contains(type);
  }

  /** Whether weights can be encoded in the type and decoded. */
  static boolean isReadable(TensorType type) {
    return !NO_WEIGHTS.contains(type);
  }

  /** The wanted type, or if rows do not fill its blocks a fallback whose blocks they fill. */
  static TensorType fitting(TensorType wanted, long rowValues) {
    if (rowValues % wanted.blockSize() == 0) {
      return wanted;
    }
    TensorType smaller = OF_SMALLER_BLOCKS.getOrDefault(wanted, TensorType.F16);
    return rowValues % smaller.blockSize() == 0 ? smaller : TensorType.F16;
  }
}
