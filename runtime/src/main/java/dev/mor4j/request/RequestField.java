package dev.mor4j.request;

import dev.mor4j.sampling.SamplingOptionsBuilder;
import dev.mor4j.sampling.SamplingStage;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * A field of a JSON request.
 *
 * @param names its name, then the names that other tools use
 * @param setter checks the type of a value and passes it on
 */
record RequestField(List<String> names, BiConsumer<RequestSettings, JsonValue> setter) {
  private interface FloatSetter {
    void set(SamplingOptionsBuilder options, float value);
  }

  private interface IntSetter {
    void set(SamplingOptionsBuilder options, int value);
  }

  /** All fields except the prompt and the id. */
  static final List<RequestField> ALL =
      List.of(
          field((to, value) -> to.maxTokens(value.integer()), "n_predict", "predict", "max_tokens"),
          field((to, value) -> to.stops(value.texts()), "stop"),
          field((to, value) -> to.showsControlTokens(value.truth()), "special"),
          field((to, value) -> to.routing(value.text()), "routing"),
          field((to, value) -> to.maxDepth(value.integer()), "max_depth"),
          field((to, value) -> to.seed(value.longInteger()), "seed"),
          number(SamplingOptionsBuilder::temperature, "temp", "temperature"),
          number(SamplingOptionsBuilder::dynamicTemperatureRange, "dynatemp_range"),
          number(
              SamplingOptionsBuilder::dynamicTemperatureExponent,
              "dynatemp_exp",
              "dynatemp_exponent"),
          integer(SamplingOptionsBuilder::topK, "top_k"),
          number(SamplingOptionsBuilder::topP, "top_p"),
          number(SamplingOptionsBuilder::minP, "min_p"),
          number(SamplingOptionsBuilder::typicalP, "typical", "typical_p"),
          number(SamplingOptionsBuilder::topNSigma, "top_n_sigma", "top_nsigma"),
          field((to, value) -> to.xtcProbability(value.number()), "xtc_probability"),
          field((to, value) -> to.xtcThreshold(value.number()), "xtc_threshold"),
          number(SamplingOptionsBuilder::repeatPenalty, "repeat_penalty"),
          number(SamplingOptionsBuilder::frequencyPenalty, "frequency_penalty"),
          number(SamplingOptionsBuilder::presencePenalty, "presence_penalty"),
          integer(SamplingOptionsBuilder::repeatLastN, "repeat_last_n"),
          number(SamplingOptionsBuilder::dryMultiplier, "dry_multiplier"),
          number(SamplingOptionsBuilder::dryBase, "dry_base"),
          integer(SamplingOptionsBuilder::dryAllowedLength, "dry_allowed_length"),
          integer(SamplingOptionsBuilder::dryLastN, "dry_penalty_last_n"),
          field(
              (to, value) -> to.sampling().dryBreakers(value.texts()),
              "dry_sequence_breaker",
              "dry_sequence_breakers"),
          field((to, value) -> to.mirostat(value.integer()), "mirostat"),
          field((to, value) -> to.mirostatEntropy(value.number()), "mirostat_ent", "mirostat_tau"),
          field((to, value) -> to.mirostatRate(value.number()), "mirostat_lr", "mirostat_eta"),
          field(
              (to, value) -> to.sampling().logitBias(LogitBias.parse(value.texts())), "logit_bias"),
          field(
              (to, value) ->
                  to.sampling().order(SamplingStage.parse(String.join(";", value.texts()))),
              "samplers"));

  private static RequestField field(
      BiConsumer<RequestSettings, JsonValue> setter, String... names) {
    return new RequestField(List.of(names), setter);
  }

  private static RequestField number(FloatSetter setter, String... names) {
    return field((to, value) -> setter.set(to.sampling(), value.number()), names);
  }

  private static RequestField integer(IntSetter setter, String... names) {
    return field((to, value) -> setter.set(to.sampling(), value.integer()), names);
  }

  /**
   * Sets a value.
   *
   * @throws IllegalArgumentException naming the field, the expected value and the one found
   */
  void set(RequestSettings settings, JsonValue value) {
    try {
      setter.accept(settings, value);
    } catch (IllegalArgumentException outOfRange) {
      throw value.refusal(outOfRange);
    }
  }
}
