package dev.mor4j.sampling;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Builder of {@link SamplingOptions}. Each setter checks its value and throws {@link
 * IllegalArgumentException} if it is out of range.
 */
public final class SamplingOptionsBuilder {

  private TemperatureOptions temperature;
  private CutOptions cuts;
  private XtcOptions xtc;
  private PenaltyOptions penalties;
  private DryOptions dry;
  private Optional<MirostatOptions> mirostat;
  private Map<Integer, Float> logitBias;
  private List<SamplingStage> order;
  private OptionalLong seed;

  SamplingOptionsBuilder(SamplingOptions options) {
    temperature = options.temperature();
    cuts = options.cuts();
    xtc = options.xtc();
    penalties = options.penalties();
    dry = options.dry();
    mirostat = options.mirostat();
    logitBias = options.logitBias();
    order = options.order();
    seed = options.seed();
  }

  /** Divides the logits; 0 always picks the most likely token. */
  public SamplingOptionsBuilder temperature(float value) {
    temperature = new TemperatureOptions(value, temperature.range(), temperature.exponent());
    return this;
  }

  /** Dynamic temperature: largest deviation from the temperature; 0 keeps it fixed. */
  public SamplingOptionsBuilder dynamicTemperatureRange(float value) {
    temperature = new TemperatureOptions(temperature.value(), value, temperature.exponent());
    return this;
  }

  /** Dynamic temperature: exponent of the relative entropy. */
  public SamplingOptionsBuilder dynamicTemperatureExponent(float value) {
    temperature = new TemperatureOptions(temperature.value(), temperature.range(), value);
    return this;
  }

  /** Number of most likely tokens to keep; 0 keeps all. */
  public SamplingOptionsBuilder topK(int value) {
    cuts = new CutOptions(value, cuts.topP(), cuts.minP(), cuts.typicalP(), cuts.topNSigma());
    return this;
  }

  /** Cumulative probability of the most likely tokens to keep; 1 keeps all. */
  public SamplingOptionsBuilder topP(float value) {
    cuts = new CutOptions(cuts.topK(), value, cuts.minP(), cuts.typicalP(), cuts.topNSigma());
    return this;
  }

  /** Smallest probability to keep, relative to the most likely token's; 0 keeps all. */
  public SamplingOptionsBuilder minP(float value) {
    cuts = new CutOptions(cuts.topK(), cuts.topP(), value, cuts.typicalP(), cuts.topNSigma());
    return this;
  }

  /** Cumulative probability of the locally typical tokens to keep; 1 keeps all. */
  public SamplingOptionsBuilder typicalP(float value) {
    cuts = new CutOptions(cuts.topK(), cuts.topP(), cuts.minP(), value, cuts.topNSigma());
    return this;
  }

  /** Largest distance from the highest logit, in standard deviations; 0 or less keeps all. */
  public SamplingOptionsBuilder topNSigma(float value) {
    cuts = new CutOptions(cuts.topK(), cuts.topP(), cuts.minP(), cuts.typicalP(), value);
    return this;
  }

  /** XTC: occasional removal of the most likely tokens. */
  public SamplingOptionsBuilder xtc(XtcOptions options) {
    xtc = options;
    return this;
  }

  /** Repetition penalty: divides positive logits of recent tokens; 1 has no effect. */
  public SamplingOptionsBuilder repeatPenalty(float value) {
    penalties =
        new PenaltyOptions(value, penalties.frequency(), penalties.presence(), penalties.lastN());
    return this;
  }

  /** Frequency penalty: subtracted for each recent occurrence of a token. */
  public SamplingOptionsBuilder frequencyPenalty(float value) {
    penalties =
        new PenaltyOptions(penalties.repeat(), value, penalties.presence(), penalties.lastN());
    return this;
  }

  /** Presence penalty: subtracted once from the logits of recent tokens. */
  public SamplingOptionsBuilder presencePenalty(float value) {
    penalties =
        new PenaltyOptions(penalties.repeat(), penalties.frequency(), value, penalties.lastN());
    return this;
  }

  /** Number of recent tokens that the penalties consider; 0 for none, -1 for all. */
  public SamplingOptionsBuilder repeatLastN(int value) {
    penalties =
        new PenaltyOptions(penalties.repeat(), penalties.frequency(), penalties.presence(), value);
    return this;
  }

  /** DRY: penalty of a repetition of the allowed length; 0 disables DRY. */
  public SamplingOptionsBuilder dryMultiplier(float value) {
    dry = new DryOptions(value, dry.base(), dry.allowedLength(), dry.lastN(), dry.breakers());
    return this;
  }

  /** DRY: factor by which the penalty grows with each further token. */
  public SamplingOptionsBuilder dryBase(float value) {
    dry = new DryOptions(dry.multiplier(), value, dry.allowedLength(), dry.lastN(), dry.breakers());
    return this;
  }

  /** DRY: length of the shortest repetition that is penalized, in tokens. */
  public SamplingOptionsBuilder dryAllowedLength(int value) {
    dry = new DryOptions(dry.multiplier(), dry.base(), value, dry.lastN(), dry.breakers());
    return this;
  }

  /** DRY: number of recent tokens that are searched; 0 for none, -1 for all. */
  public SamplingOptionsBuilder dryLastN(int value) {
    dry = new DryOptions(dry.multiplier(), dry.base(), dry.allowedLength(), value, dry.breakers());
    return this;
  }

  /** DRY: texts that end a repetition. */
  public SamplingOptionsBuilder dryBreakers(List<String> value) {
    dry = new DryOptions(dry.multiplier(), dry.base(), dry.allowedLength(), dry.lastN(), value);
    return this;
  }

  /** Mirostat 2: replaces all stages except a fixed temperature. */
  public SamplingOptionsBuilder mirostat(MirostatOptions options) {
    mirostat = Optional.of(options);
    return this;
  }

  /**
   * Biases added to the logits of these token ids, replacing earlier biases; negative infinity
   * excludes a token.
   */
  public SamplingOptionsBuilder logitBias(Map<Integer, Float> biasByToken) {
    logitBias = biasByToken;
    return this;
  }

  /** The stages to apply, in this order. */
  public SamplingOptionsBuilder order(List<SamplingStage> stages) {
    order = stages;
    return this;
  }

  /** Seed of the random draws: the same seed gives the same tokens. */
  public SamplingOptionsBuilder seed(long value) {
    seed = OptionalLong.of(value);
    return this;
  }

  /** Builds the options. */
  public SamplingOptions build() {
    return new SamplingOptions(
        temperature, cuts, xtc, penalties, dry, mirostat, logitBias, order, seed);
  }
}
