package dev.mor4j.sampling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The built-in stages whose order can be set, by llama.cpp's names. */
public enum SamplingStage {
  /** Penalties for repetition, frequency and presence. */
  PENALTIES("penalties"),
  /** DRY: a penalty for repeated sequences. */
  DRY("dry"),
  /** Top-n-sigma: keeps logits within some standard deviations of the highest. */
  TOP_N_SIGMA("top_n_sigma"),
  /** Top-k: keeps a number of the most likely tokens. */
  TOP_K("top_k"),
  /** Locally typical sampling: keeps tokens whose surprisal is near the entropy. */
  TYPICAL_P("typ_p", "typ"),
  /** Top-p: keeps the most likely tokens up to a cumulative probability. */
  TOP_P("top_p", "nucleus"),
  /** Min-p: keeps tokens by their probability relative to the most likely one. */
  MIN_P("min_p"),
  /** XTC: occasionally removes the most likely tokens. */
  XTC("xtc"),
  /** Fixed or dynamic temperature. */
  TEMPERATURE("temperature", "temp");

  /** llama.cpp's order, which is the order of these constants. */
  public static final List<SamplingStage> DEFAULT_ORDER = List.of(values());

  private final String stageName;
  private final String alias;

  SamplingStage(String stageName) {
    this(stageName, stageName);
  }

  SamplingStage(String stageName, String alias) {
    this.stageName = stageName;
    this.alias = alias;
  }

  /** The name in llama.cpp's spelling, such as {@code top_k}. */
  public String stageName() {
    return stageName;
  }

  /**
   * Parses a list of stages.
   *
   * @param text names separated by semicolons; {@code top_k} may be written {@code top-k} or {@code
   *     topk}; empty for no stages
   * @throws IllegalArgumentException if a name is unknown
   */
  public static List<SamplingStage> parse(String text) {
    List<SamplingStage> stages = new ArrayList<>();
    for (String name : text.isBlank() ? new String[0] : text.split(";", -1)) {
      stages.add(named(name.strip()));
    }
    return List.copyOf(stages);
  }

  private static SamplingStage named(String name) {
    String plain = plain(name);
    return Arrays.stream(values())
        .filter(stage -> plain(stage.stageName).equals(plain) || stage.alias.equals(plain))
        .findFirst()
        .orElseThrow(() -> Range.refusal("samplers", "names out of " + names(DEFAULT_ORDER), name));
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
  }

  /** The names of stages, separated by semicolons. */
  static String names(List<SamplingStage> stages) {
    return stages.stream().map(SamplingStage::stageName).collect(Collectors.joining(";"));
  }
}
