package dev.mor4j.sampling;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Rules in their order, then the pick. Reuses its buffer: no garbage per token. */
final class SamplerChain implements Sampler {

  private final List<SamplingRule> rules;
  private final TokenPick pick;
  private final Candidates candidates = new Candidates();

  SamplerChain(List<SamplingRule> rules, TokenPick pick) {
    this.rules = List.copyOf(rules);
    this.pick = pick;
  }

  /** The chain in llama.cpp's default order; rules that would change nothing are left out. */
  static SamplerChain of(SamplingOptions options) {
    List<SamplingRule> rules = new ArrayList<>();
    if (options.repeatPenalty() != 1 && options.repeatLastN() != 0) {
      rules.add(new RepetitionPenalty(options.repeatPenalty(), options.repeatLastN()));
    }
    if (options.temperature() == 0) {
      return new SamplerChain(rules, new GreedyPick()); // the most likely token passes every cut
    }
    if (options.topK() > 0) {
      rules.add(new TopK(options.topK()));
    }
    if (options.topP() < 1) {
      rules.add(new TopP(options.topP()));
    }
    if (options.minP() > 0) {
      rules.add(new MinP(options.minP()));
    }
    if (options.temperature() != 1) {
      rules.add(new Temperature(options.temperature()));
    }
    SplittableRandom random =
        options.seed().isPresent()
            ? new SplittableRandom(options.seed().getAsLong())
            : new SplittableRandom();
    return new SamplerChain(rules, new RandomPick(random));
  }

  @Override
  public int sample(float[] logits, TokenHistory history) {
    candidates.load(logits);
    for (SamplingRule rule : rules) {
      rule.apply(candidates, history);
    }
    return pick.pick(candidates);
  }
}
