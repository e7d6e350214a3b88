package dev.mor4j.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** A sampler that applies rules in order, then picks. Its buffers are reused for each token. */
final class SamplerChain implements Sampler {

  private final List<SamplingRule> rules;
  private final TokenPick pick;
  private final Candidates candidates = new Candidates();

  SamplerChain(List<SamplingRule> rules, TokenPick pick) {
    this.rules = List.copyOf(rules);
    this.pick = pick;
  }

  /** The chain that the options describe; rules that would change nothing are left out. */
  static SamplerChain of(
      SamplingOptions options, SequenceBreakers breakers, List<CustomRule> customRules) {
    checkStages(options, customRules);
    RandomGenerator random =
        new SplitMix64(options.seed().orElseGet(() -> new SplittableRandom().nextLong()));
    List<SamplingRule> rules = new ArrayList<>();
    if (!options.logitBias().isEmpty()) {
      rules.add(new LogitBias(options.logitBias()));
    }
    addCustom(Optional.empty(), customRules, rules);
    if (options.mirostat().isPresent()) {
      customRules.stream()
          .filter(each -> each.stage().isPresent())
          .forEach(each -> rules.add(each.make()));
      rules.add(new Temperature(options.temperature().value()));
      return new SamplerChain(rules, new MirostatPick(options.mirostat().get(), random));
    }
    for (int place = 0; place < options.order().size(); place++) {
      SamplingStage stage = options.order().get(place);
      if (options.order().indexOf(stage) == place) { // an order may name a stage twice
        addCustom(Optional.of(stage), customRules, rules);
      }
      if (stage == SamplingStage.TEMPERATURE && isGreedy(options.temperature())) {
        return greedy(rules);
      }
      rule(stage, options, breakers, random).ifPresent(rules::add);
    }
    return new SamplerChain(rules, new RandomPick(random));
  }

  private static void checkStages(SamplingOptions options, List<CustomRule> customRules) {
    for (CustomRule rule : customRules) {
      rule.stage()
          .filter(stage -> !options.order().contains(stage))
          .ifPresent(
              stage -> {
                throw Range.refusal(
                    "stage of a sampling rule",
                    "a stage of the order " + SamplingStage.names(options.order()),
                    stage.stageName());
              });
    }
  }

  private static void addCustom(
      Optional<SamplingStage> stage, List<CustomRule> customRules, List<SamplingRule> rules) {
    for (CustomRule each : customRules) {
      if (each.stage().equals(stage)) {
        rules.add(each.make());
      }
    }
  }

  /**
   * The chain of temperature 0. Later rules would find one candidate only; cuts right before the
   * pick keep the candidate that it takes.
   */
  private static SamplerChain greedy(List<SamplingRule> rules) {
    while (!rules.isEmpty() && rules.getLast() instanceof LikeliestKeeping) {
      rules.removeLast();
    }
    return new SamplerChain(rules, new GreedyPick());
  }

  private static boolean isGreedy(TemperatureOptions options) {
    return options.value() == 0 && options.range() == 0;
  }

  private static Optional<SamplingRule> rule(
      SamplingStage stage,
      SamplingOptions options,
      SequenceBreakers breakers,
      RandomGenerator random) {
    CutOptions cuts = options.cuts();
    return Optional.ofNullable(
        switch (stage) {
          case PENALTIES -> options.penalties().isOn() ? new Penalties(options.penalties()) : null;
          case DRY -> options.dry().isOn() ? new Dry(options.dry(), breakers) : null;
          case TOP_N_SIGMA -> cuts.topNSigma() > 0 ? new TopNSigma(cuts.topNSigma()) : null;
          case TOP_K -> cuts.topK() > 0 ? new TopK(cuts.topK()) : null;
          case TYPICAL_P -> cuts.typicalP() < 1 ? new TypicalP(cuts.typicalP()) : null;
          case TOP_P -> cuts.topP() < 1 ? new TopP(cuts.topP()) : null;
          case MIN_P -> cuts.minP() > 0 ? new MinP(cuts.minP()) : null;
          case XTC -> options.xtc().isOn() ? new Xtc(options.xtc(), random) : null;
          case TEMPERATURE -> temperature(options.temperature());
        });
  }

  private static SamplingRule temperature(TemperatureOptions options) {
    return options.range() > 0 ? new DynamicTemperature(options) : new Temperature(options.value());
  }

  @Override
  public boolean isGreedy() {
    return rules.isEmpty() && pick instanceof GreedyPick;
  }

  @Override
  public int sample(float[] logits, int offset, int length, TokenHistory history) {
    if (isGreedy()) {
      return UsableLogits.likeliest(logits, offset, length); // without loading candidates
    }
    return pick.pick(narrow(logits, offset, length, history));
  }

  /** The candidates after all rules, valid until the next token. */
  Candidates narrow(float[] logits, int offset, int length, TokenHistory history) {
    candidates.load(logits, offset, length);
    for (SamplingRule rule : rules) {
      rule.apply(candidates, history);
    }
    return candidates;
  }
}
