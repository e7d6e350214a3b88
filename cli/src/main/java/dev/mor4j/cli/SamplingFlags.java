package dev.mor4j.cli;

import dev.mor4j.sampling.SamplingOptions;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Flags that say how the next token is picked; names and defaults are llama.cpp's. */
final class SamplingFlags {
  private static final long NEW_SEED = -1;

  @Option(
      names = "--temp",
      paramLabel = "X",
      description = "Temperature; 0 always takes the likeliest token. Default: 0.8.")
  private @Nullable Float temperature;

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
      names = "--repeat-penalty",
      paramLabel = "R",
      description = "Make tokens of the last text less likely; 1 leaves them alone. Default: 1.")
  private @Nullable Float repeatPenalty;

  @Option(
      names = "--repeat-last-n",
      paramLabel = "N",
      description = "How far the last text reaches, in tokens; 0 is none, -1 all. Default: 64.")
  private @Nullable Integer repeatLastN;

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
    SamplingOptions defaults = SamplingOptions.DEFAULTS;
    try {
      return new SamplingOptions(
          temperature == null ? defaults.temperature() : temperature,
          topK == null ? defaults.topK() : topK,
          topP == null ? defaults.topP() : topP,
          minP == null ? defaults.minP() : minP,
          repeatPenalty == null ? defaults.repeatPenalty() : repeatPenalty,
          repeatLastN == null ? defaults.repeatLastN() : repeatLastN,
          OptionalLong.of(
              seed == null || seed == NEW_SEED
                  ? Integer.toUnsignedLong(ThreadLocalRandom.current().nextInt())
                  : seed));
    } catch (IllegalArgumentException outOfRange) {
      throw new UsageException(String.valueOf(outOfRange.getMessage()));
    }
  }
}
