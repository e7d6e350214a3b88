package dev.mor4j.sampling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The rules that have a place in the order, by llama.cpp's names. */
public enum SamplingStage {
  /** Repetition, frequency and presence. */
  PENALTIES("penalties"),
  /** Repeated sequences. */
  DRY("dry"),
  /** A cut by standard deviations. */
  TOP_N_SIGMA("top_n_sigma"),
  /** A cut by count. */
  TOP_K("top_k"),
  /** A cut by surprise. */
  TYPICAL_P("typ_p", "typ"),
  /** A cut by probability in sum. */
  TOP_P("top_p", "nucleus"),
  /** A cut by probability beside the most likely. */
  MIN_P("min_p"),
  /** Now and then, the obvious tokens. */
  XTC("xtc"),
  /** Fixed or dynamic. */
  TEMPERATURE("temperature", "temp");

  /** llama.cpp's order, which is that of the constants here. */
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

  /** The name on the command line, as {@code top_k}. */
  public String stageName() {
    return stageName;
  }

  /**
   * The stages that a text names, in its order.
   *
   * @param text names with semicolons between them; {@code top_k} may be {@code top-k} or {@code
   *     topk} too; empty for none
   * @throws IllegalArgumentException if it names an unknown one
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
        .orElseThrow(() -> Range.refusal("samplers", "names out of " + allNames(), name));
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
  }

  private static String allNames() {
    return Arrays.stream(values()).map(SamplingStage::stageName).collect(Collectors.joining(";"));
  }
}
