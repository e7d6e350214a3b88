package dev.mor4j.quantize;

import dev.mor4j.architecture.Architecture;
import dev.mor4j.architecture.Architectures;
import dev.mor4j.model.DecisionRule;
import dev.mor4j.model.Gating;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RouterActivation;
import dev.mor4j.model.RouterKind;
import dev.mor4j.model.RoutingConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.SharingPattern;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Recursion and routing of a random model.
 *
 * @param recursionCount recursion steps, Nr in the paper; 1 for a plain Llama
 * @param sharing the order in which steps and layers run; {@code NONE} for a plain Llama
 * @param routing how a token's depth is chosen
 * @param kvPolicy which keys and values attention reads at later steps
 */
public record RecursionChoices(
    int recursionCount, SharingPattern sharing, RoutingKind routing, KvPolicy kvPolicy) {

  /** The variant that the paper recommends for that many steps; a plain Llama for 1. */
  public static RecursionChoices of(int recursionCount) {
    return recursionCount == 1
        ? new RecursionChoices(1, SharingPattern.NONE, RoutingKind.NONE, KvPolicy.PER_STEP)
        : new RecursionChoices(
            recursionCount,
            SharingPattern.MIDDLE_CYCLE,
            RoutingKind.EXPERT_CHOICE,
            KvPolicy.PER_STEP);
  }

  /** Plain models are written as Llama files, so that llama.cpp runs them too. */
  Architecture architecture() {
    return sharing == SharingPattern.NONE ? Architectures.LLAMA : Architectures.MOR;
  }

  String name() {
    return switch (routing) {
      case NONE ->
          sharing == SharingPattern.NONE ? "llama" : "recursive-%s".formatted(recursionCount);
      case EXPERT_CHOICE, TOKEN_CHOICE -> "mor-%s".formatted(recursionCount);
    };
  }

  /** Routers with the settings of the paper. */
  RoutingConfig routingConfig() {
    return switch (routing) {
      case NONE -> RoutingConfig.NONE;
      case EXPERT_CHOICE ->
          new RoutingConfig(
              routing,
              RouterKind.LINEAR,
              RouterActivation.SIGMOID,
              0.1f,
              1,
              Gating.WEIGHTED,
              DecisionRule.THRESHOLD,
              0.5f,
              capacity());
      case TOKEN_CHOICE ->
          new RoutingConfig(
              routing,
              RouterKind.LINEAR,
              RouterActivation.SOFTMAX,
              1,
              1,
              Gating.WEIGHTED,
              DecisionRule.ARGMAX,
              0,
              List.of());
    };
  }

  /** All tokens at the first step, then linearly fewer at each step. */
  private List<Double> capacity() {
    return IntStream.range(0, recursionCount)
        .mapToObj(step -> (double) (recursionCount - step) / recursionCount)
        .toList();
  }
}
