package dev.mor4j.sampling;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Changes some of {@link SamplingOptions}. A setter checks its value at once and throws {@link
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

  /** Divides the logits; 0 takes the most likely token. */
  public SamplingOptionsBuilder temperature(float value) {
    temperature = new TemperatureOptions(value, temperature.range(), temperature.exponent());
    return this;
  }

  /** How far the temperature moves with the uncertainty of the model. */
  public SamplingOptionsBuilder dynamicTemperatureRange(float value) {
    temperature = new TemperatureOptions(temperature.value(), value, temperature.exponent());
    return this;
  }

  /** The exponent of the uncertainty. */
  public SamplingOptionsBuilder dynamicTemperatureExponent(float value) {
    temperature = new TemperatureOptions(temperature.value(), temperature.range(), value);
    return this;
  }

  /** How many of the most likely tokens stay; 0 keeps all. */
  public SamplingOptionsBuilder topK(int value) {
    cuts = new CutOptions(value, cuts.topP(), cuts.minP(), cuts.typicalP(), cuts.topNSigma());
    return this;
  }

  /** The probability in sum of the tokens that stay; 1 keeps all. */
  public SamplingOptionsBuilder topP(float value) {
    cuts = new CutOptions(cuts.topK(), value, cuts.minP(), cuts.typicalP(), cuts.topNSigma());
    return this;
  }

  /** The probability beside the most likely token from which tokens stay; 0 keeps all. */
  public SamplingOptionsBuilder minP(float value) {
    cuts = new CutOptions(cuts.topK(), cuts.topP(), value, cuts.typicalP(), cuts.topNSigma());
    return this;
  }

  /** The probability in sum of the typical tokens that stay; 1 keeps all. */
  public SamplingOptionsBuilder typicalP(float value) {
    cuts = new CutOptions(cuts.topK(), cuts.topP(), cuts.minP(), value, cuts.topNSigma());
    return this;
  }

  /** Standard deviations below the highest logit; 0 or less keeps all. */
  public SamplingOptionsBuilder topNSigma(float value) {
    cuts = new CutOptions(cuts.topK(), cuts.topP(), cuts.minP(), cuts.typicalP(), value);
    return this;
  }

  /** Leaves out the obvious now and then. */
  public SamplingOptionsBuilder xtc(XtcOptions options) {
    xtc = options;
    return this;
  }

  /** Divides the logits of tokens that came lately; 1 changes nothing. */
  public SamplingOptionsBuilder repeatPenalty(float value) {
    penalties =
        new PenaltyOptions(value, penalties.frequency(), penalties.presence(), penalties.lastN());
    return this;
  }

  /** Subtracted for each time that a token came lately. */
  public SamplingOptionsBuilder frequencyPenalty(float value) {
    penalties =
        new PenaltyOptions(penalties.repeat(), value, penalties.presence(), penalties.lastN());
    return this;
  }

  /** Subtracted once from tokens that came lately. */
  public SamplingOptionsBuilder presencePenalty(float value) {
    penalties =
        new PenaltyOptions(penalties.repeat(), penalties.frequency(), value, penalties.lastN());
    return this;
  }

  /** How many tokens back count as lately; 0 is none, -1 all. */
  public SamplingOptionsBuilder repeatLastN(int value) {
    penalties =
        new PenaltyOptions(penalties.repeat(), penalties.frequency(), penalties.presence(), value);
    return this;
  }

  /** The penalty of a repetition of the allowed length; 0 changes nothing. */
  public SamplingOptionsBuilder dryMultiplier(float value) {
    dry = new DryOptions(value, dry.base(), dry.allowedLength(), dry.lastN(), dry.breakers());
    return this;
  }

  /** The growth of that penalty with each token more. */
  public SamplingOptionsBuilder dryBase(float value) {
    dry = new DryOptions(dry.multiplier(), value, dry.allowedLength(), dry.lastN(), dry.breakers());
    return this;
  }

  /** From how many repeated tokens on there is a penalty. */
  public SamplingOptionsBuilder dryAllowedLength(int value) {
    dry = new DryOptions(dry.multiplier(), dry.base(), value, dry.lastN(), dry.breakers());
    return this;
  }

  /** How many tokens back are searched; 0 is none, -1 all. */
  public SamplingOptionsBuilder dryLastN(int value) {
    dry = new DryOptions(dry.multiplier(), dry.base(), dry.allowedLength(), value, dry.breakers());
    return this;
  }

  /** Texts over which no repetition reaches. */
  public SamplingOptionsBuilder dryBreakers(List<String> value) {
    dry = new DryOptions(dry.multiplier(), dry.base(), dry.allowedLength(), dry.lastN(), value);
    return this;
  }

  /** Takes the place of every rule but the logit bias and the temperature without its range. */
  public SamplingOptionsBuilder mirostat(MirostatOptions options) {
    mirostat = Optional.of(options);
    return this;
  }

  /** Added to the logits of these tokens, in place of what was; negative infinity forbids one. */
  public SamplingOptionsBuilder logitBias(Map<Integer, Float> biasByToken) {
    logitBias = biasByToken;
    return this;
  }

  /** The rules to apply, in this order. */
  public SamplingOptionsBuilder order(List<SamplingStage> stages) {
    order = stages;
    return this;
  }

  /** Of the random draws: same seed, same tokens. */
  public SamplingOptionsBuilder seed(long value) {
    seed = OptionalLong.of(value);
    return this;
  }

  /** The options. */
  public SamplingOptions build() {
    return new SamplingOptions(
        temperature, cuts, xtc, penalties, dry, mirostat, logitBias, order, seed);
  }
}
