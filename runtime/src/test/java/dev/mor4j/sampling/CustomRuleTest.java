package dev.mor4j.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules of an application: where they run in the chain, and what they must not do. */
class CustomRuleTest {
  private static final float[] LOGITS = {4, 3, 2, 1};
  private static final SamplingOptions GREEDY = SamplingOptions.DEFAULTS.withTemperature(0);

  private static Sampler sampler(SamplingOptions options, CustomRule... rules) {
    return Sampler.of(options, SequenceBreakers.NONE, List.of(rules));
  }

  private static CustomRule excluding(int token) {
    return CustomRule.first(() -> (candidates, history) -> candidates.exclude(token));
  }

  private static CustomRule recording(List<String> calls, String name) {
    return CustomRule.first(() -> recorder(calls, name));
  }

  private static CustomRule recording(List<String> calls, String name, SamplingStage stage) {
    return CustomRule.before(stage, () -> recorder(calls, name));
  }

  private static SamplingRule recorder(List<String> calls, String name) {
    return (candidates, history) -> calls.add(name + ":" + candidates.size());
  }

  @Test
  void changesTheGreedyPick() {
    Sampler sampler = sampler(GREEDY, excluding(0));

    assertThat(sampler.isGreedy()).isFalse();
    assertThat(sampler.sample(LOGITS, new TokenHistory())).isEqualTo(1);
  }

  @Test
  void seesEveryTokenByItsIdAfterTheLogitBias() {
    List<Float> seen = new ArrayList<>();
    CustomRule rule =
        CustomRule.first(
            () ->
                (candidates, history) -> {
                  for (int i = 0; i < candidates.size(); i++) {
                    assertThat(candidates.id(i)).isEqualTo(i);
                    seen.add(candidates.logit(i));
                  }
                });

    sampler(GREEDY.withLogitBias(Map.of(2, 5f)), rule).sample(LOGITS, new TokenHistory());

    assertThat(seen).containsExactly(4f, 3f, 7f, 1f);
  }

  @Test
  void runsBeforeItsStageAndInTheOrderOfTheRequest() {
    List<String> calls = new ArrayList<>();
    SamplingOptions options =
        SamplingOptions.builder()
            .topK(3)
            .minP(0)
            .topP(1)
            .order(List.of(SamplingStage.TOP_K, SamplingStage.TOP_P, SamplingStage.TEMPERATURE))
            .build();

    sampler(
            options,
            recording(calls, "temperature", SamplingStage.TEMPERATURE),
            recording(calls, "switched off", SamplingStage.TOP_P),
            recording(calls, "second", SamplingStage.TOP_K),
            recording(calls, "third", SamplingStage.TOP_K),
            recording(calls, "first"))
        .sample(LOGITS, new TokenHistory());

    assertThat(calls)
        .containsExactly("first:4", "second:4", "third:4", "switched off:3", "temperature:3");
  }

  @Test
  void runsOnceEvenIfItsStageIsNamedTwice() {
    List<String> calls = new ArrayList<>();
    SamplingOptions options =
        SamplingOptions.builder().order(List.of(SamplingStage.TOP_K, SamplingStage.TOP_K)).build();

    sampler(options, recording(calls, "rule", SamplingStage.TOP_K))
        .sample(LOGITS, new TokenHistory());

    assertThat(calls).containsExactly("rule:4");
  }

  @Test
  void allRulesRunWithMirostat() {
    List<String> calls = new ArrayList<>();
    SamplingOptions options =
        SamplingOptions.builder().mirostat(MirostatOptions.DEFAULTS).seed(1).build();

    sampler(options, recording(calls, "late", SamplingStage.XTC), recording(calls, "early"))
        .sample(LOGITS, new TokenHistory());

    assertThat(calls).containsExactly("early:4", "late:4");
  }

  @Test
  void aStageThatTheOrderLeavesOutIsRefused() {
    SamplingOptions options = SamplingOptions.builder().order(List.of(SamplingStage.TOP_K)).build();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> sampler(options, recording(new ArrayList<>(), "", SamplingStage.XTC)))
        .withMessage("stage of a sampling rule: expected a stage of the order top_k, found xtc");
  }

  @Test
  void theSameSeedGivesTheSameTokensWithOrWithoutARuleThatChangesNothing() {
    SamplingOptions options = SamplingOptions.DEFAULTS.withSeed(7);
    Sampler plain = sampler(options);
    Sampler withRule = sampler(options, recording(new ArrayList<>(), "none"));
    Sampler again = sampler(options, excluding(1));
    Sampler same = sampler(options, excluding(1));
    TokenHistory history = new TokenHistory();

    assertThat(IntStream.range(0, 100).map(i -> withRule.sample(LOGITS, history)))
        .containsExactlyElementsOf(
            IntStream.range(0, 100).map(i -> plain.sample(LOGITS, history)).boxed().toList());
    assertThat(IntStream.range(0, 100).map(i -> same.sample(LOGITS, history)))
        .containsExactlyElementsOf(
            IntStream.range(0, 100).map(i -> again.sample(LOGITS, history)).boxed().toList())
        .doesNotContain(1);
  }

  @Test
  void eachSamplerHasARuleOfItsOwn() {
    int[] made = {0};
    CustomRule rule =
        CustomRule.first(
            () -> {
              made[0]++;
              return (candidates, history) -> {};
            });

    sampler(GREEDY, rule);
    sampler(GREEDY, rule);

    assertThat(made[0]).isEqualTo(2);
  }

  @Test
  void runsAfterTheFilter() {
    CustomRule filter = CustomRule.filter(() -> (written, allowed) -> allowed.clear(0));
    CustomRule rule =
        CustomRule.first(() -> (candidates, history) -> assertThat(candidates.size()).isEqualTo(3));

    assertThat(sampler(GREEDY, filter, rule).sample(LOGITS, new TokenHistory())).isEqualTo(1);
  }

  @Test
  void excludingEveryCandidateIsRefused() {
    CustomRule all =
        CustomRule.first(
            () ->
                (candidates, history) -> {
                  for (int i = 0; i < candidates.size(); i++) {
                    candidates.exclude(i);
                  }
                });

    assertThatIllegalArgumentException()
        .isThrownBy(() -> sampler(GREEDY, all).sample(LOGITS, new TokenHistory()))
        .withMessage(
            "sampling rule: expected at least one candidate that can be picked, found none");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void logitsThatDefineNoDistributionAreRefused(float logit) {
    CustomRule rule =
        CustomRule.first(() -> (candidates, history) -> candidates.setLogit(2, logit));

    assertThatIllegalArgumentException()
        .isThrownBy(() -> sampler(GREEDY, rule).sample(LOGITS, new TokenHistory()))
        .withMessage(
            "logit of token 2: expected a finite number or negative infinity, found " + logit);
  }

  @Test
  void changingTheHistoryIsRefused() {
    CustomRule rule = CustomRule.first(() -> (candidates, history) -> history.add(1));

    assertThatIllegalStateException()
        .isThrownBy(() -> sampler(GREEDY, rule).sample(LOGITS, new TokenHistory()))
        .withMessageContaining("history of 0 tokens to stay unchanged, found 1");
  }
}
