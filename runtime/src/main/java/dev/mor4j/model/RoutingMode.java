package dev.mor4j.model;

import java.math.BigDecimal;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How tokens get their recursion depth in one run.
 *
 * @param rule who decides
 * @param depthLimit most steps that a token may take
 * @param draw the depths of {@link Rule#DRAWN}; {@link DepthDraw#NONE} for other rules
 */
public record RoutingMode(Rule rule, int depthLimit, DepthDraw draw) {
  /** A limit that no model reaches. */
  public static final int UNLIMITED = 64;

  /** The model's own routing, to any depth. */
  public static final RoutingMode TRAINED = of(Rule.TRAINED, UNLIMITED);

  private static final Pattern FIXED = Pattern.compile("fixed:(\\d{1,3})");
  private static final Pattern DRAWN =
      Pattern.compile("drawn:((?:\\d{1,9}(?:\\.\\d{1,18})?,){0,63}\\d{1,9}(?:\\.\\d{1,18})?)");

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
    FIXED,
    /**
     * Chance, in given shares, whatever the text; routers still make the gates. For measurements.
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
   * A mode that draws no depths.
   *
   * @param depthLimit most steps that a token may take
   */
  public static RoutingMode of(Rule rule, int depthLimit) {
    return new RoutingMode(rule, depthLimit, DepthDraw.NONE);
  }

  /** Depths by chance, as many steps as there are shares; see {@link Rule#DRAWN}. */
  public static RoutingMode drawn(DepthDraw draw) {
    return new RoutingMode(Rule.DRAWN, draw.shares().size(), draw);
  }

  /**
   * Reads {@code trained}, {@code top-k}, {@code fixed:N}, or {@code drawn:1,0.5}: the shares of
   * tokens that take step 0, 1, and so on.
   *
   * @throws InvalidConfigException if it is none of them
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
        "trained, top-k, fixed:N, N the number of steps, or drawn:1,0.5, the shares of tokens that take each step",
        text);
  }

  /** The same rule; where depths are drawn, by another seed. */
  public RoutingMode withSeed(long seed) {
    return rule == Rule.DRAWN
        ? new RoutingMode(rule, depthLimit, new DepthDraw(draw.shares(), seed))
        : this;
  }

  /** The same rule, with no token going deeper than {@code limit} steps. */
  public RoutingMode limitedTo(int limit) {
    Checks.range("max-depth", limit, 1, UNLIMITED);
    return new RoutingMode(rule, Math.min(depthLimit, limit), draw);
  }

  /**
   * The mode as one model can follow it: its limit is at most the model's recursion count.
   *
   * @throws InvalidConfigException if a limit was asked for that the model does not have
   */
  public RoutingMode resolve(MorConfig config) {
    if (depthLimit == UNLIMITED && (rule == Rule.TRAINED || rule == Rule.TOP_K)) {
      return of(rule, config.recursionCount());
    }
    Checks.range("recursion depth", depthLimit, 1, config.recursionCount());
    if (rule == Rule.DRAWN) {
      requireDrawable(config.routing().kind());
    }
    return this;
  }

  private void requireDrawable(RoutingKind kind) {
    Checks.that(
        kind != RoutingKind.NONE,
        "routing",
        "trained or fixed:N, as the model has no router to draw for",
        this);
    Checks.that(
        kind != RoutingKind.TOKEN_CHOICE || draw.shares().getFirst() == 1,
        "share of drawn depths",
        "1 for step 0, which every token of this model takes",
        draw.shares().getFirst());
  }

  /** As {@link #parse} reads it; seeds are not shown. */
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

  /** Whether a token's depth depends on no later token, as writing needs. */
  public boolean isCausal(MorConfig config) {
    return rule != Rule.TOP_K || config.routing().kind() != RoutingKind.EXPERT_CHOICE;
  }
}
