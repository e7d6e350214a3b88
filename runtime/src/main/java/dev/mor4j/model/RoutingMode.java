package dev.mor4j.model;

/**
 * How tokens get their recursion depth in one run.
 *
 * @param rule who decides
 * @param depthLimit most steps that a token may take
 */
public record RoutingMode(Rule rule, int depthLimit) {
  private static final String FLAG = "routing";

  /** Who decides. */
  public enum Rule {
    /** The model's router, causally, as the checkpoint was trained. */
    TRAINED,
    /**
     * Expert choice as its authors evaluate it: each step keeps a share of the whole sequence.
     * Looks ahead, so it can score a text but not write one. Other models: as {@link #TRAINED}.
     */
    TOP_K,
    /** Nobody: every token takes as many steps as the limit says; routers still make the gates. */
    FIXED
  }

  public RoutingMode {
    Checks.range("depth limit", depthLimit, 1, 64);
  }

  /** The model's own routing, to any depth. */
  public static RoutingMode trained(MorConfig config) {
    return new RoutingMode(Rule.TRAINED, config.recursionCount());
  }

  /**
   * Reads {@code trained}, {@code top-k} or {@code fixed:N}.
   *
   * @throws InvalidConfigException if it is none of them, or N is no depth of the model
   */
  public static RoutingMode parse(String text, MorConfig config) {
    int deepest = config.recursionCount();
    if (text.equals("trained")) {
      return new RoutingMode(Rule.TRAINED, deepest);
    }
    if (text.equals("top-k")) {
      return new RoutingMode(Rule.TOP_K, deepest);
    }
    if (text.matches("fixed:\\d{1,3}")) {
      int steps = Integer.parseInt(text.substring("fixed:".length()));
      Checks.range(FLAG + " fixed:N", steps, 1, deepest);
      return new RoutingMode(Rule.FIXED, steps);
    }
    throw new InvalidConfigException(
        FLAG, "trained, top-k or fixed:N with N in 1.." + deepest, text);
  }

  /**
   * The same rule, with no token going deeper.
   *
   * @throws InvalidConfigException if {@code limit} is no depth of the model
   */
  public RoutingMode limitedTo(int limit, MorConfig config) {
    Checks.range("max-depth", limit, 1, config.recursionCount());
    return new RoutingMode(rule, Math.min(depthLimit, limit));
  }

  /** Whether a token's depth depends on no later token, as writing needs. */
  public boolean isCausal(MorConfig config) {
    return rule != Rule.TOP_K || config.routing().kind() != RoutingKind.EXPERT_CHOICE;
  }
}
