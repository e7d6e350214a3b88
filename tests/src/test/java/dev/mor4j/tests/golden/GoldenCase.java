package dev.mor4j.tests.golden;

import dev.mor4j.model.DecisionRule;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.RoutingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * One sequence of the reference, and how the engine is to run it.
 *
 * @param prefix of the arrays' names
 * @param row within their batch
 * @param routing that computes the function the arrays hold
 * @param chunkSize tokens at a time, 0 for all
 */
record GoldenCase(String prefix, int row, RoutingMode routing, int chunkSize) {
  private static final RoutingMode TOP_K = RoutingMode.parse("top-k");
  private static final List<String> OFFICIAL = List.of("a_", "b_");
  private static final List<String> THRESHOLD =
      List.of("threshold_a0_", "threshold_b_", "threshold_empty_");
  private static final List<String> AUXILIARY = List.of("threshold_aux_a0_", "threshold_aux_b_");

  /** An odd size that divides none of the sequences, and the smallest. */
  private static final int[] CHUNK_SIZES = {0, 1, 7};

  /**
   * All that the engine can compute of a folder. Left out are other functions: {@code nocache_*} is
   * the model with its K/V sharing lost, {@code threshold_raw05_*} another threshold, and the plain
   * {@code threshold_*} of models that an auxiliary router decides for.
   */
  static List<GoldenCase> of(MorConfig config, GoldenArrays arrays) {
    List<GoldenCase> cases = new ArrayList<>();
    if (config.routing().kind() == RoutingKind.EXPERT_CHOICE) {
      addAll(cases, arrays, OFFICIAL, TOP_K, 0);
    }
    for (int chunkSize : CHUNK_SIZES) {
      addAll(cases, arrays, trained(config), RoutingMode.TRAINED, chunkSize);
    }
    return cases;
  }

  private static List<String> trained(MorConfig config) {
    if (config.routing().kind() != RoutingKind.EXPERT_CHOICE) {
      return OFFICIAL;
    }
    return config.routing().decision() == DecisionRule.AUX_ROUTER ? AUXILIARY : THRESHOLD;
  }

  private static void addAll(
      List<GoldenCase> cases,
      GoldenArrays arrays,
      List<String> prefixes,
      RoutingMode routing,
      int chunkSize) {
    for (String prefix : prefixes) {
      for (int row = 0; row < arrays.rowCount(prefix); row++) {
        cases.add(new GoldenCase(prefix, row, routing, chunkSize));
      }
    }
  }

  @Override
  public String toString() {
    return "%s[%d] %s%s"
        .formatted(prefix, row, routing.rule(), chunkSize == 0 ? "" : " in chunks of " + chunkSize);
  }
}
