package dev.mor4j.cli.options;

import dev.mor4j.cli.command.UsageException;
import dev.mor4j.sampling.MirostatOptions;
import dev.mor4j.sampling.SamplingOptions;
import dev.mor4j.sampling.SamplingOptionsBuilder;
import dev.mor4j.sampling.SamplingStage;
import dev.mor4j.sampling.XtcOptions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags that say how the next token is picked; names and defaults are llama.cpp's. */
public final class SamplingFlags {
  private static final long NEW_SEED = -1;
  private static final String NO_BREAKER = "none";
  private static final Pattern BIAS = Pattern.compile("(\\d{1,9})([+-])([\\d.eE-]+|inf)");

  @Option(
      names = "--temp",
      paramLabel = "X",
      description = "Temperature; 0 always takes the likeliest token. Default: 0.8.")
  private @Nullable Float temperature;

  @Option(
      names = "--dynatemp-range",
      paramLabel = "X",
      description =
          "Move the temperature by up to X down where the model is sure, up where it is not. Default: 0.")
  private @Nullable Float dynamicTemperatureRange;

  @Option(
      names = "--dynatemp-exp",
      paramLabel = "X",
      description =
          "How the temperature follows the uncertainty: its share to the power X. Default: 1.")
  private @Nullable Float dynamicTemperatureExponent;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Keep the K likeliest tokens; 0 keeps all. Default: 40.")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Keep the likeliest tokens until their probabilities add up to P; 1 keeps all. Default: 0.95.")
  private @Nullable Float topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description =
          "Keep tokens at least P times as likely as the likeliest; 0 keeps all. Default: 0.05.")
  private @Nullable Float minP;

  @Option(
      names = {"--typical", "--typical-p"},
      paramLabel = "P",
      description =
          "Keep tokens of the most usual surprise until their probabilities add up to P; 1 keeps all. Default: 1.")
  private @Nullable Float typicalP;

  @Option(
      names = {"--top-n-sigma", "--top-nsigma"},
      paramLabel = "N",
      description =
          "Keep tokens whose logits are at most N standard deviations below the highest; 0 keeps all. Default: 0.")
  private @Nullable Float topNSigma;

  @Option(
      names = "--xtc-probability",
      paramLabel = "P",
      description =
          "How often to leave out all but the last of the tokens above --xtc-threshold. Default: 0.")
  private @Nullable Float xtcProbability;

  @Option(
      names = "--xtc-threshold",
      paramLabel = "P",
      description = "The probability from which XTC leaves tokens out. Default: 0.1.")
  private @Nullable Float xtcThreshold;

  @Option(
      names = "--repeat-penalty",
      paramLabel = "R",
      description = "Make tokens of the last text less likely; 1 leaves them alone. Default: 1.")
  private @Nullable Float repeatPenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description =
          "Take X from the logit of a token for each time it is in the last text. Default: 0.")
  private @Nullable Float frequencyPenalty;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description = "Take X from the logit of a token that is in the last text. Default: 0.")
  private @Nullable Float presencePenalty;

  @Option(
      names = "--repeat-last-n",
      paramLabel = "N",
      description = "How far the last text reaches, in tokens; 0 is none, -1 all. Default: 64.")
  private @Nullable Integer repeatLastN;

  @Option(
      names = "--dry-multiplier",
      paramLabel = "X",
      description =
          "DRY: take X from the logit of a token that continues a repetition; 0 turns it off. Default: 0.")
  private @Nullable Float dryMultiplier;

  @Option(
      names = "--dry-base",
      paramLabel = "B",
      description =
          "DRY: take B times as much for each token that repeats beyond the allowed. Default: 1.75.")
  private @Nullable Float dryBase;

  @Option(
      names = "--dry-allowed-length",
      paramLabel = "N",
      description = "DRY: shorter repetitions are free. Default: 2.")
  private @Nullable Integer dryAllowedLength;

  @Option(
      names = "--dry-penalty-last-n",
      paramLabel = "N",
      description =
          "DRY: how far back to look for repetitions, in tokens; 0 is none, -1 all. Default: 64.")
  private @Nullable Integer dryLastN;

  @Option(
      names = "--dry-sequence-breaker",
      paramLabel = "TEXT",
      description =
          "DRY: no repetition reaches over TEXT; may be given several times, none is none. \\n, \\t and \\\\ are understood. Default: line break, colon, quotation mark, asterisk.")
  private @Nullable List<String> dryBreakers;

  @Option(
      names = "--mirostat",
      paramLabel = "VERSION",
      description =
          "2 keeps the surprise of the text near --mirostat-ent, in place of all rules but --logit-bias and --temp. Default: 0, off.")
  private int mirostat;

  @Option(
      names = "--mirostat-ent",
      paramLabel = "X",
      description = "The mean surprise that Mirostat aims at, in bits. Default: 5.")
  private @Nullable Float mirostatEntropy;

  @Option(
      names = "--mirostat-lr",
      paramLabel = "X",
      description = "How fast Mirostat learns. Default: 0.1.")
  private @Nullable Float mirostatRate;

  @Option(
      names = {"-l", "--logit-bias"},
      paramLabel = "ID(+/-)BIAS",
      description =
          "Make a token likelier, as in 15043+1, or less likely, as in 15043-1; 15043-inf forbids it. May be given several times.")
  private @Nullable List<String> logitBias;

  @Option(
      names = "--samplers",
      paramLabel = "NAMES",
      description =
          "The rules to apply, in their order; one that is not named is not applied. Default: penalties;dry;top_n_sigma;top_k;typ_p;top_p;min_p;xtc;temperature.")
  private @Nullable String samplers;

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "SEED",
      description =
          "Same seed, same text. A new one if not said or -1; the statistics tell which it was.")
  private @Nullable Long seed;

  /**
   * The options, with a seed always.
   *
   * @throws UsageException if a value is out of range
   */
  SamplingOptions options() {
    try {
      return checkedOptions();
    } catch (IllegalArgumentException outOfRange) {
      throw new UsageException(String.valueOf(outOfRange.getMessage()));
    }
  }

  private SamplingOptions checkedOptions() {
    XtcOptions xtc = SamplingOptions.DEFAULTS.xtc();
    SamplingOptionsBuilder options = SamplingOptions.builder();
    ifSaid(temperature, options::temperature);
    ifSaid(dynamicTemperatureRange, options::dynamicTemperatureRange);
    ifSaid(dynamicTemperatureExponent, options::dynamicTemperatureExponent);
    ifSaid(topK, options::topK);
    ifSaid(topP, options::topP);
    ifSaid(minP, options::minP);
    ifSaid(typicalP, options::typicalP);
    ifSaid(topNSigma, options::topNSigma);
    ifSaid(repeatPenalty, options::repeatPenalty);
    ifSaid(frequencyPenalty, options::frequencyPenalty);
    ifSaid(presencePenalty, options::presencePenalty);
    ifSaid(repeatLastN, options::repeatLastN);
    ifSaid(dryMultiplier, options::dryMultiplier);
    ifSaid(dryBase, options::dryBase);
    ifSaid(dryAllowedLength, options::dryAllowedLength);
    ifSaid(dryLastN, options::dryLastN);
    options.xtc(
        new XtcOptions(
            xtcProbability == null ? xtc.probability() : xtcProbability,
            xtcThreshold == null ? xtc.threshold() : xtcThreshold));
    ifSaid(dryBreakers, texts -> options.dryBreakers(breakers(texts)));
    ifSaid(logitBias, each -> options.logitBias(biases(each)));
    ifSaid(samplers, names -> options.order(SamplingStage.parse(names)));
    addMirostat(options);
    return options
        .seed(
            seed == null || seed == NEW_SEED
                ? Integer.toUnsignedLong(ThreadLocalRandom.current().nextInt())
                : seed)
        .build();
  }

  private static <T> void ifSaid(@Nullable T value, Consumer<T> setter) {
    if (value != null) {
      setter.accept(value);
    }
  }

  private void addMirostat(SamplingOptionsBuilder options) {
    if (mirostat == 1) {
      throw new UsageException("mirostat: version 1 is not offered; use --mirostat 2");
    }
    if (mirostat != 0 && mirostat != 2) {
      throw new UsageException("mirostat: expected 0 or 2, found " + mirostat);
    }
    MirostatOptions defaults = MirostatOptions.DEFAULTS;
    MirostatOptions said =
        new MirostatOptions(
            mirostatEntropy == null ? defaults.targetEntropy() : mirostatEntropy,
            mirostatRate == null ? defaults.learningRate() : mirostatRate);
    if (mirostat == 2) {
      options.mirostat(said);
    }
  }

  private static List<String> breakers(List<String> texts) {
    return texts.stream()
        .filter(text -> !text.equals(NO_BREAKER))
        .map(SamplingFlags::unescaped)
        .toList();
  }

  /** Shells pass {@code \n} as two characters. */
  private static String unescaped(String text) {
    return text.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t").replace('\0', '\\');
  }

  private static Map<Integer, Float> biases(List<String> texts) {
    Map<Integer, Float> biasByToken = new HashMap<>();
    for (String text : texts) {
      Matcher parts = BIAS.matcher(text);
      if (!parts.matches()) {
        throw biasRefusal(text);
      }
      biasByToken.merge(Integer.parseInt(parts.group(1)), bias(parts, text), Float::sum);
    }
    return biasByToken;
  }

  private static float bias(Matcher parts, String text) {
    float sign = parts.group(2).equals("-") ? -1 : 1;
    if (parts.group(3).equals("inf")) {
      return sign * Float.POSITIVE_INFINITY;
    }
    try {
      return sign * Float.parseFloat(parts.group(3));
    } catch (NumberFormatException noNumber) {
      throw biasRefusal(text);
    }
  }

  private static UsageException biasRefusal(String found) {
    return new UsageException(
        "logit-bias: expected a token id, + or -, and a number, as in 15043-1.5, found " + found);
  }
}
