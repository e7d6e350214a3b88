package dev.mor4j.model;

/**
 * How tokens get their recursion depth in one run.
 *
 * @param rule who decides
 * @param depthLimit most steps that a token may take
 */
public record RoutingMode(Rule rule, int depthLimit) {
  /** A limit that no model reaches. */
  public static final int UNLIMITED = 64;

  /** The model's own routing, to any depth. */
  public static final RoutingMode TRAINED = new RoutingMode(Rule.TRAINED, UNLIMITED);

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
    Checks.range("recursion depth", depthLimit, 1, UNLIMITED);
  }

  /**
   * Reads {@code trained}, {@code top-k} or {@code fixed:N}.
   *
   * @throws InvalidConfigException if it is none of them
   */
  public static RoutingMode parse(String text) {
    if (text.equals("trained")) {
      return TRAINED;
    }
    if (text.equals("top-k")) {
      return new RoutingMode(Rule.TOP_K, UNLIMITED);
    }
    if (text.matches("fixed:\\d{1,3}")) {
      return new RoutingMode(Rule.FIXED, Integer.parseInt(text.substring("fixed:".length())));
    }
    throw new InvalidConfigException(
        "routing", "trained, top-k or fixed:N, N the number of steps", text);
  }

  /** The same rule, with no token going deeper than {@code limit} steps. */
  public RoutingMode limitedTo(int limit) {
    Checks.range("max-depth", limit, 1, UNLIMITED);
    return new RoutingMode(rule, Math.min(depthLimit, limit));
  }

  /**
   * The mode as one model can follow it: its limit is at most the model's recursion count.
   *
   * @throws InvalidConfigException if a limit was asked for that the model does not have
   */
  public RoutingMode resolve(MorConfig config) {
    if (depthLimit == UNLIMITED && rule != Rule.FIXED) {
      return new RoutingMode(rule, config.recursionCount());
    }
    Checks.range("recursion depth", depthLimit, 1, config.recursionCount());
    return this;
  }

  /** Whether a token's depth depends on no later token, as writing needs. */
  public boolean isCausal(MorConfig config) {
    return rule != Rule.TOP_K || config.routing().kind() != RoutingKind.EXPERT_CHOICE;
  }
}
