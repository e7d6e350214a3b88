package dev.mor4j.sampling;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a request may set about sampling; the defaults are llama.cpp's. Valid once constructed.
 *
 * @param temperature how far likely tokens are preferred
 * @param cuts which tokens may be picked at all
 * @param xtc leaves out the obvious now and then
 * @param penalties on tokens that came lately
 * @param dry penalties on repeated sequences
 * @param mirostat if present, takes the place of every rule but the logit bias and the temperature
 *     without its range
 * @param logitBias added to the logits of these tokens before all else; negative infinity forbids
 *     one
 * @param order of the rules; one that is not named is not applied
 * @param seed of the random draws; empty takes a new one each time
 */
public record SamplingOptions(
    TemperatureOptions temperature,
    CutOptions cuts,
    XtcOptions xtc,
    PenaltyOptions penalties,
    DryOptions dry,
    Optional<MirostatOptions> mirostat,
    Map<Integer, Float> logitBias,
    List<SamplingStage> order,
    OptionalLong seed) {

  /** What holds where a request says nothing. */
  public static final SamplingOptions DEFAULTS =
      new SamplingOptions(
          new TemperatureOptions(0.8f, 0, 1),
          new CutOptions(40, 0.95f, 0.05f, 1, 0),
          new XtcOptions(0, 0.1f),
          new PenaltyOptions(1, 0, 0, 64),
          new DryOptions(0, 1.75f, 2, 64, List.of("\n", ":", "\"", "*")),
          Optional.empty(),
          Map.of(),
          SamplingStage.DEFAULT_ORDER,
          OptionalLong.empty());

  public SamplingOptions {
    logitBias = Map.copyOf(logitBias);
    order = List.copyOf(order);
    logitBias.forEach(SamplingOptions::checkBias);
  }

  private static void checkBias(int token, float bias) {
    if (token < 0) {
      throw Range.refusal("logit-bias", "token ids of 0 or more", String.valueOf(token));
    }
    if (!(bias < Float.POSITIVE_INFINITY)) {
      throw Range.refusal(
          "logit-bias of token " + token,
          "a finite number or negative infinity",
          String.valueOf(bias));
    }
  }

  /** A builder that starts with {@link #DEFAULTS}. */
  public static SamplingOptionsBuilder builder() {
    return DEFAULTS.toBuilder();
  }

  /** A builder that starts with these options. */
  public SamplingOptionsBuilder toBuilder() {
    return new SamplingOptionsBuilder(this);
  }

  /** These options at another temperature; 0 takes the most likely token. */
  public SamplingOptions withTemperature(float value) {
    return toBuilder().temperature(value).build();
  }

  /** These options with another seed. */
  public SamplingOptions withSeed(long value) {
    return toBuilder().seed(value).build();
  }

  /** These options with other biases. */
  public SamplingOptions withLogitBias(Map<Integer, Float> biasByToken) {
    return toBuilder().logitBias(biasByToken).build();
  }
}
