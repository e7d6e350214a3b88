package dev.mor4j.model;

import java.util.List;

/** Small configurations for tests of single classes. */
public final class TestConfigs {
  private static final AttentionConfig ATTENTION = new AttentionConfig(4, 2, 16, 1e-5f, 10_000, 16);

  private TestConfigs() {}

  /** Expert choice: three steps of two layers, between unshared ends. */
  public static MorConfig expertChoice(KvPolicy policy) {
    return routed(
        new RoutingConfig(
            RoutingKind.EXPERT_CHOICE,
            RouterKind.LINEAR,
            RouterActivation.SIGMOID,
            0.1f,
            1,
            Gating.WEIGHTED,
            DecisionRule.THRESHOLD,
            0.5f,
            List.of(1.0, 2.0 / 3, 1.0 / 3)),
        policy);
  }

  /** As {@link #expertChoice}, with auxiliary routers that decide. */
  public static MorConfig auxiliaryRouter() {
    return routed(
        new RoutingConfig(
            RoutingKind.EXPERT_CHOICE,
            RouterKind.LINEAR,
            RouterActivation.IDENTITY,
            0.1f,
            1,
            Gating.ADDITIVE,
            DecisionRule.AUX_ROUTER,
            0,
            List.of(1.0, 2.0 / 3, 1.0 / 3)),
        KvPolicy.PER_STEP);
  }

  /** Three steps of two layers; token choice by a softmax, alpha 2. */
  public static MorConfig tokenChoice(Gating gating) {
    return tokenChoice(RouterActivation.SOFTMAX, gating);
  }

  /** As {@link #tokenChoice(Gating)}, weighted, with another activation. */
  public static MorConfig tokenChoice(RouterActivation activation) {
    return tokenChoice(activation, Gating.WEIGHTED);
  }

  private static MorConfig tokenChoice(RouterActivation activation, Gating gating) {
    return routed(
        new RoutingConfig(
            RoutingKind.TOKEN_CHOICE,
            RouterKind.LINEAR,
            activation,
            2,
            1,
            gating,
            DecisionRule.ARGMAX,
            0,
            List.of()),
        KvPolicy.PER_STEP);
  }

  /** Three steps of two layers without a router. */
  public static MorConfig recursive(SharingPattern sharing, KvPolicy policy) {
    return new MorConfig(
        "test",
        512,
        64,
        128,
        256,
        ATTENTION,
        new RecursionConfig(3, 2, sharing),
        RoutingConfig.NONE,
        policy);
  }

  private static MorConfig routed(RoutingConfig routing, KvPolicy policy) {
    return new MorConfig(
        "test",
        512,
        64,
        128,
        256,
        ATTENTION,
        new RecursionConfig(3, 2, SharingPattern.MIDDLE_CYCLE),
        routing,
        policy);
  }
}
