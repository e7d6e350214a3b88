package dev.mor4j.tests.golden;

import dev.mor4j.model.DecisionRule;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.RoutingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * A sequence of the reference, with the settings of the run that must reproduce it.
 *
 * @param prefix prefix of the arrays' names
 * @param row row of the arrays' batch
 * @param routing the routing mode that computes what the arrays hold
 * @param chunkSize tokens per chunk; 0 for the whole sequence at once
 */
record GoldenCase(String prefix, int row, RoutingMode routing, int chunkSize) {
  private static final RoutingMode TOP_K = RoutingMode.parse("top-k");
  private static final List<String> OFFICIAL = List.of("a_", "b_");
  private static final List<String> THRESHOLD =
      List.of("threshold_a0_", "threshold_b_", "threshold_empty_");
  private static final List<String> AUXILIARY = List.of("threshold_aux_a0_", "threshold_aux_b_");

  /** Whole sequences, the smallest chunks, and an odd size that divides none of the lengths. */
  private static final int[] CHUNK_SIZES = {0, 1, 7};

  /**
   * All cases of a folder that the engine can compute. The other arrays hold other functions:
   * {@code nocache_*} is the model without K/V sharing, {@code threshold_raw05_*} has another
   * threshold, and the plain {@code threshold_*} arrays of models with an auxiliary router do not
   * use it.
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
