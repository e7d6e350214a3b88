package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The type of a quantized file: the type of most matrices, and a mix of better types for some of
 * them ({@link QuantizationRecipe}).
 *
 * <p>Source: names and numbers of {@code llama_ftype} in llama.h.
 */
public enum FileType {
  F32(0, TensorType.F32),
  F16(1, TensorType.F16),
  BF16(32, TensorType.BF16),
  Q8_0(7, TensorType.Q8_0),
  Q6_K(18, TensorType.Q6_K),
  Q5_K_M(17, TensorType.Q5_K),
  Q5_K_S(16, TensorType.Q5_K),
  Q5_1(9, TensorType.Q5_1),
  Q5_0(8, TensorType.Q5_0),
  Q4_K_M(15, TensorType.Q4_K),
  Q4_K_S(14, TensorType.Q4_K),
  Q4_1(3, TensorType.Q4_1),
  Q4_0(2, TensorType.Q4_0),
  IQ4_NL(25, TensorType.IQ4_NL),
  IQ4_XS(30, TensorType.IQ4_XS),
  Q3_K_L(13, TensorType.Q3_K),
  Q3_K_M(12, TensorType.Q3_K),
  Q3_K_S(11, TensorType.Q3_K),
  IQ3_M(27, TensorType.IQ3_S),
  IQ3_S(26, TensorType.IQ3_S),
  IQ3_XS(22, TensorType.IQ3_S),
  IQ3_XXS(23, TensorType.IQ3_XXS),
  Q2_K(10, TensorType.Q2_K),
  Q2_K_S(21, TensorType.Q2_K),
  IQ2_M(29, TensorType.IQ2_S),
  IQ2_S(28, TensorType.IQ2_XS),
  IQ2_XS(20, TensorType.IQ2_XS),
  IQ2_XXS(19, TensorType.IQ2_XXS),
  IQ1_M(31, TensorType.IQ1_M),
  IQ1_S(24, TensorType.IQ1_S),
  Q2_0(41, TensorType.Q2_0),
  TQ2_0(37, TensorType.TQ2_0),
  TQ1_0(36, TensorType.TQ1_0),
  Q1_0(40, TensorType.Q1_0);

  private static final Map<String, FileType> SHORT_NAMES =
      Map.of("Q3_K", Q3_K_M, "Q4_K", Q4_K_M, "Q5_K", Q5_K_M);

  private final int number;
  private final TensorType tensorType;

  FileType(int number, TensorType tensorType) {
    this.number = number;
    this.tensorType = tensorType;
  }

  /**
   * The type of that name, in any case; Q3_K, Q4_K and Q5_K stand for their M variants.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static FileType named(String name) {
    String upper = name.toUpperCase(Locale.ROOT);
    if (SHORT_NAMES.containsKey(upper)) {
      return SHORT_NAMES.get(upper);
    }
    return Arrays.stream(values())
        .filter(type -> type.name().equals(upper))
        .findAny()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected one of %s, found '%s'".formatted(names(), name)));
  }

  private static String names() {
    return Arrays.stream(values()).map(FileType::name).collect(Collectors.joining(", "));
  }

  /** Its number in the key {@code general.file_type}. */
  public int number() {
    return number;
  }

  /** The type of matrices that the mix does not give another type. */
  public TensorType tensorType() {
    return tensorType;
  }
}
