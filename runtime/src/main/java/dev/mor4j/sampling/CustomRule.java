package dev.mor4j.sampling;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * A rule that an application adds to a sampler, and its place among the built-in stages.
 *
 * @param stage the rule runs right before this stage; if empty, after the logit bias and the token
 *     filter and before all stages
 * @param supplier makes the rule for one text; called once for each sampler
 */
public record CustomRule(Optional<SamplingStage> stage, Supplier<? extends SamplingRule> supplier) {

  /** A rule before all stages, where candidate {@code i} still is token {@code i}. */
  public static CustomRule first(Supplier<? extends SamplingRule> supplier) {
    return new CustomRule(Optional.empty(), supplier);
  }

  /** A rule right before a stage, which must be in the order of the sampling options. */
  public static CustomRule before(SamplingStage stage, Supplier<? extends SamplingRule> supplier) {
    return new CustomRule(Optional.of(stage), supplier);
  }

  /** The token filter of a text, which runs before all other rules of the application. */
  public static CustomRule filter(Supplier<TokenFilter> filter) {
    return first(() -> new FilteredTokens(filter.get()));
  }

  /** The rule of one text, with checks after each call. */
  SamplingRule make() {
    SamplingRule rule = supplier.get();
    return rule instanceof FilteredTokens ? rule : new CheckedRule(rule);
  }

  /** Calls an application's rule and checks what it leaves. */
  private record CheckedRule(SamplingRule rule) implements SamplingRule {
    @Override
    public void apply(Candidates candidates, TokenHistory history) {
      int size = history.size();
      rule.apply(candidates, history);
      if (history.size() != size) {
        throw new IllegalStateException(
            "sampling rule: expected a history of %s tokens to stay unchanged, found %s"
                .formatted(size, history.size()));
      }
      if (!candidates.isAnyPossible()) {
        throw new IllegalArgumentException(
            "sampling rule: expected at least one candidate that can be picked, found none");
      }
    }
  }
}
