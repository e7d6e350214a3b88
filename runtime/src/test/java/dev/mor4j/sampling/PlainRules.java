package dev.mor4j.sampling;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The rules once more, as plain as they can be written: lists, full sorts, no reuse. */
final class PlainRules {

  /** A token that may come. */
  record Entry(int id, double logit) {}

  private static final Comparator<Entry> LIKELIEST_FIRST =
      Comparator.comparingDouble((Entry entry) -> -entry.logit()).thenComparingInt(Entry::id);

  private PlainRules() {}

  /** Each token that is left, with its probability. XTC excludes always or never. */
  static Map<Integer, Double> apply(SamplingOptions options, float[] logits, int[] history) {
    List<Entry> entries = new ArrayList<>();
    for (int id = 0; id < logits.length; id++) {
      entries.add(new Entry(id, logits[id] + options.logitBias().getOrDefault(id, 0f)));
    }
    for (SamplingStage stage : options.order()) {
      entries.sort(LIKELIEST_FIRST);
      entries = new ArrayList<>(apply(stage, options, entries, history));
    }
    Map<Integer, Double> probabilities = new HashMap<>();
    List<Entry> left = entries;
    entries.forEach(entry -> probabilities.put(entry.id(), probability(entry, left)));
    probabilities.values().removeIf(probability -> probability == 0);
    return probabilities;
  }

  private static List<Entry> apply(
      SamplingStage stage, SamplingOptions options, List<Entry> entries, int[] history) {
    CutOptions cuts = options.cuts();
    double max = entries.getFirst().logit();
    return switch (stage) {
      case PENALTIES -> map(entries, entry -> penalized(entry, options.penalties(), history));
      case DRY -> entries; // see DryTest
      case TOP_N_SIGMA ->
          cuts.topNSigma() > 0
              ? entries.stream()
                  .filter(e -> e.logit() >= max - cuts.topNSigma() * deviation(entries))
                  .toList()
              : entries;
      case TOP_K ->
          cuts.topK() > 0 ? entries.subList(0, Math.min(cuts.topK(), entries.size())) : entries;
      case TYPICAL_P -> {
        double entropy = entropy(entries);
        List<Entry> byNearness = new ArrayList<>(entries);
        byNearness.sort(
            Comparator.comparingDouble(
                e -> Math.abs(-Math.log(probability(e, entries)) - entropy)));
        yield cuts.typicalP() < 1 ? prefix(byNearness, entries, cuts.typicalP(), true) : entries;
      }
      case TOP_P -> cuts.topP() < 1 ? prefix(entries, entries, cuts.topP(), false) : entries;
      case MIN_P ->
          entries.stream()
              .filter(
                  e ->
                      cuts.minP() == 0
                          || probability(e, entries)
                              >= cuts.minP() * probability(entries.getFirst(), entries))
              .toList();
      case XTC -> {
        long obvious =
            entries.stream()
                .filter(e -> probability(e, entries) >= options.xtc().threshold())
                .count();
        yield options.xtc().probability() == 1 && obvious > 1
            ? entries.subList((int) obvious - 1, entries.size())
            : entries;
      }
      case TEMPERATURE -> {
        TemperatureOptions heat = options.temperature();
        double low = Math.max(0, heat.value() - heat.range());
        double share = entries.size() < 2 ? 0 : entropy(entries) / Math.log(entries.size());
        double value =
            heat.range() > 0
                ? low + (heat.value() + heat.range() - low) * Math.pow(share, heat.exponent())
                : heat.value();
        yield map(entries, e -> (e.logit() - max) / value);
      }
    };
  }

  private static double penalized(Entry entry, PenaltyOptions options, int[] history) {
    int count = 0;
    for (int i = 0; i < history.length; i++) {
      boolean isLate = options.lastN() < 0 || i >= history.length - options.lastN();
      count += isLate && history[i] == entry.id() ? 1 : 0;
    }
    if (count == 0) {
      return entry.logit();
    }
    double repeated =
        entry.logit() > 0 ? entry.logit() / options.repeat() : entry.logit() * options.repeat();
    return repeated - count * options.frequency() - options.presence();
  }

  /** The first of a list until their probabilities reach, or exceed, a sum. */
  private static List<Entry> prefix(
      List<Entry> list, List<Entry> all, double sum, boolean exceeds) {
    double reached = 0;
    for (int i = 0; i < list.size(); i++) {
      reached += probability(list.get(i), all);
      if (exceeds ? reached > sum : reached >= sum) {
        return list.subList(0, i + 1);
      }
    }
    return list;
  }

  private static double probability(Entry entry, List<Entry> all) {
    double max = all.stream().mapToDouble(Entry::logit).max().orElseThrow();
    double sum = all.stream().mapToDouble(e -> Math.exp(e.logit() - max)).sum();
    return Math.exp(entry.logit() - max) / sum;
  }

  private static double entropy(List<Entry> entries) {
    return entries.stream()
        .mapToDouble(e -> probability(e, entries))
        .filter(p -> p > 0)
        .map(p -> -p * Math.log(p))
        .sum();
  }

  private static double deviation(List<Entry> entries) {
    double[] logits =
        entries.stream()
            .mapToDouble(Entry::logit)
            .filter(l -> l > Double.NEGATIVE_INFINITY)
            .toArray();
    double mean = Arrays.stream(logits).average().orElseThrow();
    return Math.sqrt(
        Arrays.stream(logits).map(l -> (l - mean) * (l - mean)).average().orElseThrow());
  }

  private static List<Entry> map(List<Entry> entries, ToDoubleFunction<Entry> logit) {
    return entries.stream().map(e -> new Entry(e.id(), logit.applyAsDouble(e))).toList();
  }
}
