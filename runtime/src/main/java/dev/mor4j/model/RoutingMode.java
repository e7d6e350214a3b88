package dev.mor4j.model;

import java.math.BigDecimal;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decides how the tokens of a run get their recursion depths.
 *
 * <p>A limit shortens the depths that the rule gives. Under token choice the token then takes the
 * best depth within the limit, and its gate is scaled up for the scores of the depths that it
 * cannot take; under expert choice the later steps are left out and the gates are the router's. The
 * package {@code dev.mor4j.routing} has the formulas.
 *
 * @param rule what decides on depths
 * @param depthLimit the maximum number of steps of a token
 * @param draw the depths of {@link Rule#DRAWN}; {@link DepthDraw#NONE} for other rules
 */
public record RoutingMode(Rule rule, int depthLimit, DepthDraw draw) {
  /** A limit that no model reaches. */
  public static final int UNLIMITED = 64;

  /** The model's own routing, without a limit. */
  public static final RoutingMode TRAINED = of(Rule.TRAINED, UNLIMITED);

  private static final Pattern FIXED = Pattern.compile("fixed:(\\d{1,3})");
  private static final Pattern DRAWN =
      Pattern.compile("drawn:((?:\\d{1,9}(?:\\.\\d{1,18})?,){0,63}\\d{1,9}(?:\\.\\d{1,18})?)");

  /** What decides on the depths. */
  public enum Rule {
    /** The model's router, causally, as the checkpoint was trained. */
    TRAINED,
    /**
     * The evaluation rule of expert choice: each step keeps the tokens with the largest gates, as
     * many as its capacity allows. Needs the whole sequence at once and is not causal, so it can
     * score a text but not generate one. Expert choice only.
     */
    TOP_K,
    /** Every token takes as many steps as the limit says. Routers still determine the gates. */
    FIXED,
    /**
     * Random depths in given shares, independent of the text, for measurements. Routers still
     * determine the gates.
     */
    DRAWN
  }

  public RoutingMode {
    Checks.range("recursion depth", depthLimit, 1, UNLIMITED);
    Checks.that(
        (rule == Rule.DRAWN) != draw.shares().isEmpty(),
        "shares of drawn depths",
        rule == Rule.DRAWN ? "one for each step" : "none",
        draw.shares());
  }

  /**
   * Creates a mode of a rule other than {@link Rule#DRAWN}.
   *
   * @param depthLimit the maximum number of steps of a token
   */
  public static RoutingMode of(Rule rule, int depthLimit) {
    return new RoutingMode(rule, depthLimit, DepthDraw.NONE);
  }

  /** Creates a mode with random depths, limited to as many steps as there are shares. */
  public static RoutingMode drawn(DepthDraw draw) {
    return new RoutingMode(Rule.DRAWN, draw.shares().size(), draw);
  }

  /**
   * Parses {@code trained}, {@code top-k}, {@code fixed:N}, or {@code drawn:1,0.5}, whose numbers
   * are the shares of tokens that take step 0, step 1, and so on.
   *
   * @throws InvalidConfigException if the text is none of these
   */
  public static RoutingMode parse(String text) {
    if (text.equals("trained")) {
      return TRAINED;
    }
    if (text.equals("top-k")) {
      return of(Rule.TOP_K, UNLIMITED);
    }
    var fixed = FIXED.matcher(text);
    if (fixed.matches()) {
      return of(Rule.FIXED, Integer.parseInt(fixed.group(1)));
    }
    var drawn = DRAWN.matcher(text);
    if (drawn.matches()) {
      List<Double> shares = Stream.of(drawn.group(1).split(",")).map(Double::valueOf).toList();
      return drawn(new DepthDraw(shares, 0));
    }
    throw new InvalidConfigException(
        "routing",
        "trained, top-k, fixed:N (N steps for every token) or drawn:1,0.5 (shares of tokens that take each step)",
        text);
  }

  /** Returns this mode with another seed of its random depths, if it has any. */
  public RoutingMode withSeed(long seed) {
    return rule == Rule.DRAWN
        ? new RoutingMode(rule, depthLimit, new DepthDraw(draw.shares(), seed))
        : this;
  }

  /** Returns this mode with at most {@code limit} steps per token. */
  public RoutingMode limitedTo(int limit) {
    Checks.range("recursion depth", limit, 1, UNLIMITED);
    return new RoutingMode(rule, Math.min(depthLimit, limit), draw);
  }

  /**
   * Returns the mode that a model follows, with a limit of at most the model's recursion count.
   *
   * @throws InvalidConfigException if the model has fewer steps than the limit asks for, or its
   *     routing does not have the rule
   */
  public RoutingMode resolve(MorConfig config) {
    requireRule(config.routing().kind());
    if (depthLimit == UNLIMITED && (rule == Rule.TRAINED || rule == Rule.TOP_K)) {
      return of(rule, config.recursionCount());
    }
    Checks.range("recursion depth", depthLimit, 1, config.recursionCount());
    return this;
  }

  private void requireRule(RoutingKind kind) {
    switch (rule) {
      case TRAINED, FIXED -> {}
      case TOP_K ->
          Checks.that(
              kind == RoutingKind.EXPERT_CHOICE,
              "routing",
              kind == RoutingKind.TOKEN_CHOICE
                  ? "trained, fixed:N or drawn:SHARES, as each token of this model picks its own"
                      + " depth (token choice) and no step ranks tokens"
                  : "trained or fixed:N, as this model has no router that could rank tokens",
              this);
      case DRAWN -> requireDrawable(kind);
    }
  }

  private void requireDrawable(RoutingKind kind) {
    Checks.that(
        kind != RoutingKind.NONE,
        "routing",
        "trained or fixed:N, as this model has no router and takes every step",
        this);
    Checks.that(
        kind != RoutingKind.TOKEN_CHOICE || draw.shares().getFirst() == 1,
        "share of drawn depths",
        "1 for step 0, which every token of this model takes",
        draw.shares().getFirst());
  }

  /** Returns the text that {@link #parse} reads; the seed is not part of it. */
  @Override
  public String toString() {
    return switch (rule) {
      case TRAINED -> "trained";
      case TOP_K -> "top-k";
      case FIXED -> "fixed:" + depthLimit;
      case DRAWN ->
          draw.shares().stream()
              .map(RoutingMode::plain)
              .collect(Collectors.joining(",", "drawn:", ""));
    };
  }

  private static String plain(double share) {
    return BigDecimal.valueOf(share).stripTrailingZeros().toPlainString();
  }

  /** Whether no token's depth depends on a later token, which generation requires. */
  public boolean isCausal(MorConfig config) {
    return rule != Rule.TOP_K || config.routing().kind() != RoutingKind.EXPERT_CHOICE;
  }
}
