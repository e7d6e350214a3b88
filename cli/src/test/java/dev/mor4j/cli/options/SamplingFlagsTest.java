package dev.mor4j.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.mor4j.cli.command.SettingException;
import dev.mor4j.request.JsonRequestReader;
import dev.mor4j.request.RequestSettings;
import dev.mor4j.sampling.MirostatOptions;
import dev.mor4j.sampling.SamplingOptions;
import dev.mor4j.sampling.SamplingStage;
import dev.mor4j.sampling.XtcOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class SamplingFlagsTest {

  @Test
  void defaultsAreThoseOfTheLibraryWithADrawnSeed() {
    SamplingOptions options = options();

    assertThat(options).isEqualTo(SamplingOptions.DEFAULTS.withSeed(options.seed().orElseThrow()));
  }

  @Test
  void eachFlagSetsItsOption() {
    SamplingOptions options =
        options(
            ("--temp 1 --dynatemp-range 2 --dynatemp-exp 3 --top-k 4 --top-p 0.5 --min-p 0.6"
                    + " --typical-p 0.7 --top-n-sigma 8 --xtc-probability 0.1 --xtc-threshold 0.2"
                    + " --repeat-penalty 9 --frequency-penalty 10 --presence-penalty 11"
                    + " --repeat-last-n 12 --dry-multiplier 13 --dry-base 14"
                    + " --dry-allowed-length 15 --dry-penalty-last-n 16 --dry-sequence-breaker !"
                    + " --dry-sequence-breaker \\n --mirostat 2 --mirostat-ent 17 --mirostat-lr 18"
                    + " --logit-bias 5+1.5 -l 6-inf -l 7-2 --samplers xtc;top_k --seed 19")
                .split(" "));

    assertThat(options)
        .isEqualTo(
            SamplingOptions.builder()
                .temperature(1)
                .dynamicTemperatureRange(2)
                .dynamicTemperatureExponent(3)
                .topK(4)
                .topP(0.5f)
                .minP(0.6f)
                .typicalP(0.7f)
                .topNSigma(8)
                .xtc(new XtcOptions(0.1f, 0.2f))
                .repeatPenalty(9)
                .frequencyPenalty(10)
                .presencePenalty(11)
                .repeatLastN(12)
                .dryMultiplier(13)
                .dryBase(14)
                .dryAllowedLength(15)
                .dryLastN(16)
                .dryBreakers(List.of("!", "\n"))
                .mirostat(new MirostatOptions(17, 18))
                .logitBias(Map.of(5, 1.5f, 6, Float.NEGATIVE_INFINITY, 7, -2f))
                .order(List.of(SamplingStage.XTC, SamplingStage.TOP_K))
                .seed(19)
                .build());
  }

  @Test
  void noneRemovesTheBreakersAndBackslashesCanBeEscaped() {
    assertThat(options("--dry-sequence-breaker", "none").dry().breakers()).isEmpty();
    assertThat(options("--dry-sequence-breaker", "\\\\n\\t").dry().breakers())
        .containsExactly("\\n\t");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-n", "--predict", "--n-predict"})
  void limitsTheNumberOfTokens(String flag) {
    assertThat(
            CommandLine.populateCommand(new RequestFlags(), flag, "7")
                .settings()
                .request("Mia")
                .maxTokens())
        .isEqualTo(7);
  }

  /** A prompt in a JSON line is configured by the names of the flags. */
  @Test
  void everyFlagIsAFieldOfJsonRequests() {
    assertThat(new JsonRequestReader(new RequestSettings()).fieldNames())
        .containsAll(
            new CommandLine(new RequestFlags())
                .getCommandSpec().options().stream()
                    .flatMap(option -> Arrays.stream(option.names()))
                    .filter(name -> name.startsWith("--"))
                    .map(name -> name.substring(2).replace('-', '_'))
                    .toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--mirostat | 1 | mirostat: expected 0 (off) or 2 (version 1 is not supported), found 1",
        "--mirostat | 3 | mirostat: expected 0 (off) or 2 (version 1 is not supported), found 3",
        "--mirostat-lr | -1 | mirostat-lr: expected 0 or more, found -1",
        "--top-p | 2 | top-p: expected 0..1, found 2",
        "--logit-bias | 15 | logit-bias: expected a token id, + or -, and a number, as in 15043-1.5,"
            + " found 15",
        "--logit-bias | 15+e | logit-bias: expected a token id, + or -, and a number, as in"
            + " 15043-1.5, found 15+e",
        "--logit-bias | 15+inf | logit-bias: expected a token id, + or -, and a number, as in"
            + " 15043-1.5, found 15+inf",
        "--logit-bias | 15+1e99 | logit-bias: expected a token id, + or -, and a number, as in"
            + " 15043-1.5, found 15+1e99",
        "--samplers | top_k;best | samplers: expected names out of penalties;dry;top_n_sigma;top_k;"
            + "typ_p;top_p;min_p;xtc;temperature, found best"
      })
  void refusesInOneLine(String flag, String value, String message) {
    assertThatExceptionOfType(SettingException.class)
        .isThrownBy(() -> options(flag, value))
        .withMessage(message);
  }

  private static SamplingOptions options(String... arguments) {
    return CommandLine.populateCommand(new RequestFlags(), arguments)
        .settings()
        .request("Mia")
        .sampling();
  }
}
