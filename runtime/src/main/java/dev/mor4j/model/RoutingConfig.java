package dev.mor4j.model;

import java.util.List;

/**
 * How the recursion depth of a token is chosen.
 *
 * @param kind whether steps choose tokens or tokens choose depths
 * @param router form of the router
 * @param activation turns router logits into scores
 * @param alpha factor from scores to gates, except for {@link RouterActivation#IDENTITY}
 * @param temperature divides the router's input
 * @param gating how gates scale the block's output
 * @param decision the causal rule of {@code trained} routing
 * @param threshold minimum score of a token that takes a step, for {@link DecisionRule#THRESHOLD}
 * @param capacity share of all tokens kept at each step, never increasing (expert choice; empty
 *     otherwise)
 */
public record RoutingConfig(
    RoutingKind kind,
    RouterKind router,
    RouterActivation activation,
    float alpha,
    float temperature,
    Gating gating,
    DecisionRule decision,
    float threshold,
    List<Double> capacity) {

  /** A model without a router: every token takes every step. */
  public static final RoutingConfig NONE =
      new RoutingConfig(
          RoutingKind.NONE,
          RouterKind.LINEAR,
          RouterActivation.IDENTITY,
          1,
          1,
          Gating.ADDITIVE,
          DecisionRule.THRESHOLD,
          0,
          List.of());

  public RoutingConfig {
    capacity = List.copyOf(capacity);
    Checks.that(Float.isFinite(alpha), MetadataKeys.ROUTING_ALPHA, "a finite number", alpha);
    Checks.that(
        Float.isFinite(temperature) && temperature > 0,
        MetadataKeys.ROUTING_TEMPERATURE,
        "a positive number",
        temperature);
    Checks.that(
        Float.isFinite(threshold), MetadataKeys.ROUTING_THRESHOLD, "a finite number", threshold);
    Checks.that(
        (kind == RoutingKind.TOKEN_CHOICE) == (decision == DecisionRule.ARGMAX),
        MetadataKeys.ROUTING_DECISION,
        "argmax with token choice, and with no other routing type",
        decision.key());
    Checks.that(
        kind != RoutingKind.EXPERT_CHOICE || activation != RouterActivation.SOFTMAX,
        MetadataKeys.ROUTING_ACTIVATION,
        "sigmoid, tanh or identity for expert choice",
        activation.key());
    Checks.that(
        kind != RoutingKind.TOKEN_CHOICE
            || activation == RouterActivation.SOFTMAX
            || activation == RouterActivation.SIGMOID,
        MetadataKeys.ROUTING_ACTIVATION,
        "softmax or sigmoid for token choice",
        activation.key());
    double previous = 1;
    for (double share : capacity) {
      Checks.that(
          share > 0 && share <= previous,
          MetadataKeys.ROUTING_CAPACITY,
          "shares in (0, 1] that never increase",
          capacity);
      previous = share;
    }
  }

  /** Whether the model has routers. */
  public boolean isRouted() {
    return kind != RoutingKind.NONE;
  }
}
