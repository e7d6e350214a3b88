package dev.mor4j.cli.options;

import dev.mor4j.request.LogitBias;
import dev.mor4j.request.RequestSettings;
import dev.mor4j.sampling.SamplingOptionsBuilder;
import dev.mor4j.sampling.SamplingStage;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Sampling flags, with llama.cpp's names and defaults. */
public final class SamplingFlags {
  private static final String NO_BREAKER = "none";

  @Option(
      names = "--temp",
      paramLabel = "X",
      description = "Temperature; 0 always takes the most likely token. Default: 0.8.")
  private @Nullable Float temperature;

  @Option(
      names = "--dynatemp-range",
      paramLabel = "X",
      description =
          "Dynamic temperature: vary the temperature by up to X, lower when the model is certain, higher when it is not; 0 turns it off. Default: 0.")
  private @Nullable Float dynamicTemperatureRange;

  @Option(
      names = "--dynatemp-exp",
      paramLabel = "X",
      description = "Dynamic temperature: exponent of the normalized entropy. Default: 1.")
  private @Nullable Float dynamicTemperatureExponent;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Top-k sampling: keep the K most likely tokens; 0 keeps all. Default: 40.")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Top-p sampling: keep the most likely tokens whose probabilities add up to P; 1 keeps all. Default: 0.95.")
  private @Nullable Float topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description =
          "Min-p sampling: keep tokens whose probability is at least P times that of the most likely one; 0 keeps all. Default: 0.05.")
  private @Nullable Float minP;

  @Option(
      names = {"--typical", "--typical-p"},
      paramLabel = "P",
      description = "Locally typical sampling with parameter P; 1 keeps all. Default: 1.")
  private @Nullable Float typicalP;

  @Option(
      names = {"--top-n-sigma", "--top-nsigma"},
      paramLabel = "N",
      description =
          "Top-n-sigma sampling: keep tokens whose logits are at most N standard deviations below the highest; 0 keeps all. Default: 0.")
  private @Nullable Float topNSigma;

  @Option(
      names = "--xtc-probability",
      paramLabel = "P",
      description =
          "XTC sampling: probability of removing all tokens above --xtc-threshold except the least likely of them; 0 turns it off. Default: 0.")
  private @Nullable Float xtcProbability;

  @Option(
      names = "--xtc-threshold",
      paramLabel = "P",
      description = "XTC sampling: minimum probability of the tokens to remove. Default: 0.1.")
  private @Nullable Float xtcThreshold;

  @Option(
      names = "--repeat-penalty",
      paramLabel = "R",
      description =
          "Penalize recent tokens: divide their positive logits by R and multiply their negative ones; 1 turns it off. Default: 1.")
  private @Nullable Float repeatPenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description =
          "Subtract X from the logit of a token for each of its recent occurrences; 0 turns it off. Default: 0.")
  private @Nullable Float frequencyPenalty;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description =
          "Subtract X from the logit of each token that occurred recently; 0 turns it off. Default: 0.")
  private @Nullable Float presencePenalty;

  @Option(
      names = "--repeat-last-n",
      paramLabel = "N",
      description =
          "Number of recent tokens that the three penalties consider; 0 turns them off, -1 takes the whole text. Default: 64.")
  private @Nullable Integer repeatLastN;

  @Option(
      names = "--dry-multiplier",
      paramLabel = "X",
      description =
          "DRY sampling: penalty of a token that continues a repeated sequence; 0 turns it off. Default: 0.")
  private @Nullable Float dryMultiplier;

  @Option(
      names = "--dry-base",
      paramLabel = "B",
      description =
          "DRY sampling: growth of the penalty with each further repeated token. Default: 1.75.")
  private @Nullable Float dryBase;

  @Option(
      names = "--dry-allowed-length",
      paramLabel = "N",
      description = "DRY sampling: longest repetition without a penalty. Default: 2.")
  private @Nullable Integer dryAllowedLength;

  @Option(
      names = "--dry-penalty-last-n",
      paramLabel = "N",
      description =
          "DRY sampling: number of recent tokens to search for repetitions; 0 turns it off, -1 takes the whole text. Default: 64.")
  private @Nullable Integer dryLastN;

  @Option(
      names = "--dry-sequence-breaker",
      paramLabel = "TEXT",
      description =
          "DRY sampling: repetitions do not extend across TEXT. Repeatable; none removes the defaults. The escapes \\n, \\t and \\\\ are understood. Default: line break, colon, quotation mark, asterisk.")
  private @Nullable List<String> dryBreakers;

  @Option(
      names = "--mirostat",
      paramLabel = "VERSION",
      description =
          "Mirostat sampling: 2 replaces all samplers except --logit-bias and --temp; 0 turns it off. Default: 0.")
  private @Nullable Integer mirostat;

  @Option(
      names = "--mirostat-ent",
      paramLabel = "X",
      description = "Mirostat target entropy (tau) in bits. Default: 5.")
  private @Nullable Float mirostatEntropy;

  @Option(
      names = "--mirostat-lr",
      paramLabel = "X",
      description = "Mirostat learning rate (eta). Default: 0.1.")
  private @Nullable Float mirostatRate;

  @Option(
      names = {"-l", "--logit-bias"},
      paramLabel = "ID(+/-)BIAS",
      description =
          "Add a bias to the logit of a token: 15043+1 makes it more likely, 15043-1 less likely, 15043-inf excludes it. Repeatable.")
  private @Nullable List<String> logitBias;

  @Option(
      names = "--samplers",
      paramLabel = "NAMES",
      description =
          "Samplers to apply, in this order, separated by semicolons. Default: penalties;dry;top_n_sigma;top_k;typ_p;top_p;min_p;xtc;temperature.")
  private @Nullable String samplers;

  @Option(
      names = {"-s", "--seed"},
      paramLabel = "SEED",
      description =
          "Seed of the random draws: the same seed gives the same text. Default: -1, a random seed, which the statistics show.")
  private @Nullable Long seed;

  /**
   * Applies the flags that were given.
   *
   * @throws IllegalArgumentException if a value is out of range
   */
  void applyTo(RequestSettings settings) {
    SamplingOptionsBuilder options = settings.sampling();
    ifGiven(temperature, options::temperature);
    ifGiven(dynamicTemperatureRange, options::dynamicTemperatureRange);
    ifGiven(dynamicTemperatureExponent, options::dynamicTemperatureExponent);
    ifGiven(topK, options::topK);
    ifGiven(topP, options::topP);
    ifGiven(minP, options::minP);
    ifGiven(typicalP, options::typicalP);
    ifGiven(topNSigma, options::topNSigma);
    ifGiven(repeatPenalty, options::repeatPenalty);
    ifGiven(frequencyPenalty, options::frequencyPenalty);
    ifGiven(presencePenalty, options::presencePenalty);
    ifGiven(repeatLastN, options::repeatLastN);
    ifGiven(dryMultiplier, options::dryMultiplier);
    ifGiven(dryBase, options::dryBase);
    ifGiven(dryAllowedLength, options::dryAllowedLength);
    ifGiven(dryLastN, options::dryLastN);
    ifGiven(dryBreakers, texts -> options.dryBreakers(breakers(texts)));
    ifGiven(xtcProbability, settings::xtcProbability);
    ifGiven(xtcThreshold, settings::xtcThreshold);
    ifGiven(logitBias, biases -> options.logitBias(LogitBias.parse(biases)));
    ifGiven(samplers, names -> options.order(SamplingStage.parse(names)));
    ifGiven(mirostat, settings::mirostat);
    ifGiven(mirostatEntropy, settings::mirostatEntropy);
    ifGiven(mirostatRate, settings::mirostatRate);
    ifGiven(seed, settings::seed);
  }

  private static <T> void ifGiven(@Nullable T value, Consumer<T> setter) {
    if (value != null) {
      setter.accept(value);
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
}
