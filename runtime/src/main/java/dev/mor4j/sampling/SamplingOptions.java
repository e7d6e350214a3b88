package dev.mor4j.sampling;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Sampling settings of a request, with llama.cpp's defaults. Validated on construction.
 *
 * @param temperature temperature, fixed or dynamic
 * @param cuts rules that remove unlikely tokens
 * @param xtc occasional removal of the most likely tokens
 * @param penalties penalties on recent tokens
 * @param dry penalties on repeated sequences
 * @param mirostat if present, replaces all stages except a fixed temperature
 * @param logitBias added to the logits of these token ids before all stages; negative infinity
 *     excludes a token
 * @param order the stages in the order in which they are applied; a stage that is not listed is not
 *     applied
 * @param seed seed of the random draws; if empty, each sampler takes a random one
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

  /** The settings of a request that changes none of them. */
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

  /** A builder that starts from {@link #DEFAULTS}. */
  public static SamplingOptionsBuilder builder() {
    return DEFAULTS.toBuilder();
  }

  /** A builder that starts from these options. */
  public SamplingOptionsBuilder toBuilder() {
    return new SamplingOptionsBuilder(this);
  }

  /** These options with another temperature; 0 always picks the most likely token. */
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
