package dev.mor4j.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.sampling.MirostatOptions;
import dev.mor4j.sampling.SamplingOptions;
import dev.mor4j.sampling.SamplingStage;
import dev.mor4j.sampling.XtcOptions;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonRequestReaderTest {
  private final RequestSettings defaults = new RequestSettings();

  private JsonRequest read(String json) {
    return new JsonRequestReader(defaults).read(json);
  }

  private GenerationRequest request(String fields) {
    JsonRequest read = read("{\"prompt\": \"Mia\"" + fields + "}");
    return read.settings().request(read.prompt());
  }

  @Test
  void readsEverySetting() {
    GenerationRequest request =
        request(
            """
            , "n_predict": 7, "stop": ["a", "b"], "routing": "trained", "max_depth": 2, "seed": 9,
            "temp": 0.5, "dynatemp_range": 0.1, "dynatemp_exp": 2, "top_k": 1, "top_p": 0.2,
            "min_p": 0.3, "typical": 0.4, "top_n_sigma": 5, "xtc_probability": 0.6,
            "xtc_threshold": 0.25, "repeat_penalty": 1.5, "frequency_penalty": 1, "presence_penalty": 2,
            "repeat_last_n": 3, "dry_multiplier": 4, "dry_base": 5, "dry_allowed_length": 6,
            "dry_penalty_last_n": 8, "dry_sequence_breaker": ["x", "\\n"], "mirostat": 2,
            "mirostat_ent": 17, "mirostat_lr": 18, "logit_bias": ["1+2", "3-inf"],
            "samplers": "top_k;temperature"
            """);

    assertThat(request.prompt()).isEqualTo("Mia");
    assertThat(request.maxTokens()).isEqualTo(7);
    assertThat(request.stops().texts()).containsExactly("a", "b");
    assertThat(request.routing()).isEqualTo(RoutingMode.TRAINED.limitedTo(2));
    assertThat(request.sampling())
        .isEqualTo(
            SamplingOptions.builder()
                .seed(9)
                .temperature(0.5f)
                .dynamicTemperatureRange(0.1f)
                .dynamicTemperatureExponent(2)
                .topK(1)
                .topP(0.2f)
                .minP(0.3f)
                .typicalP(0.4f)
                .topNSigma(5)
                .xtc(new XtcOptions(0.6f, 0.25f))
                .repeatPenalty(1.5f)
                .frequencyPenalty(1)
                .presencePenalty(2)
                .repeatLastN(3)
                .dryMultiplier(4)
                .dryBase(5)
                .dryAllowedLength(6)
                .dryLastN(8)
                .dryBreakers(List.of("x", "\n"))
                .mirostat(new MirostatOptions(17, 18))
                .logitBias(Map.of(1, 2f, 3, Float.NEGATIVE_INFINITY))
                .order(List.of(SamplingStage.TOP_K, SamplingStage.TEMPERATURE))
                .build());
  }

  @Test
  void keepsDefaultsThatAnObjectDoesNotMention() {
    defaults.mirostatEntropy(3);
    defaults.maxDepth(2);
    defaults.stops(List.of("end"));
    defaults.seed(4);

    GenerationRequest request =
        request(", \"mirostat\": 2, \"routing\": \"fixed:3\", \"seed\": -1");

    assertThat(request.sampling().mirostat()).contains(new MirostatOptions(3, 0.1f));
    assertThat(request.routing().depthLimit()).isEqualTo(2);
    assertThat(request.stops().texts()).containsExactly("end");
    assertThat(request("").sampling().seed()).hasValue(4);
    assertThat(request.sampling().seed()).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"n_predict", "predict", "max_tokens"})
  void knowsOtherToolsNames(String name) {
    assertThat(request(", \"" + name + "\": 5").maxTokens()).isEqualTo(5);
  }

  @Test
  void readsNamesOfRequests() {
    assertThat(read("{\"prompt\": \"a\", \"id\": \"x\"}").id()).contains(new RequestId.Text("x"));
    assertThat(read("{\"prompt\": \"a\", \"id\": 12}").id())
        .contains(new RequestId.Numeric(BigInteger.valueOf(12)));
    assertThat(read("{\"prompt\": \"a\"}").id()).isEmpty();
  }

  @Test
  void settingsCompareByTheirText() {
    String first =
        read("{\"prompt\": \"a\", \"top_k\": 5, \"logit_bias\": [\"2+1\", \"1+1\"]}")
            .settings()
            .toString();
    String second =
        read("{\"logit_bias\": [\"1+1\", \"2+1\"], \"prompt\": \"b\", \"top_k\": 5}")
            .settings()
            .toString();
    String third = read("{\"prompt\": \"a\", \"top_k\": 6}").settings().toString();

    assertThat(first).isEqualTo(second).isNotEqualTo(third).contains("seed=drawn");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          {"prompt": "a", "tempp": 1}          | field: expected one of dry_allowed_length, .*, xtc_threshold, found "tempp"
          {"prompt": "a", "top_k": -1}         | top_k: expected 0 or more, found -1
          {"prompt": "a", "top_k": "x"}        | top_k: expected a whole number of 32 bits, found the string "x"
          {"prompt": "a", "top_k": 1.5}        | top_k: expected a whole number of 32 bits, found 1.5
          {"prompt": "a", "top_k": 2147483648} | top_k: expected a whole number of 32 bits, found 2147483648
          {"prompt": "a", "temp": [1, [2]]}    | temp: expected a number, found an array
          {"prompt": "a", "temp": {"a": {}}}   | temp: expected a number, found an object
          {"prompt": "a", "temp": 1e400}       | temp: expected 0 or more, found .*
          {"prompt": "a", "temp": -1}          | temp: expected 0 or more, found -1
          {"prompt": "a", "stop": [null]}      | stop: expected a string or an array of strings, found an array with null
          {"prompt": "a", "stop": 5}           | stop: expected a string or an array of strings, found 5
          {"prompt": "a", "temp": 1, "temperature": 1} | temp and temperature: expected one of them, .*
          {"prompt": "a", "max_tokens": 0}     | max_tokens: expected 1 or more, or -1 for no limit, found 0
          {"prompt": "a", "logit_bias": "x"}   | logit_bias: expected a token id, .* found x
          {"prompt": "a", "routing": "deep"}   | routing: expected trained, .* found deep
          {"prompt": "a", "max_depth": 0}      | max_depth: expected 1..64, found 0
          {"prompt": "a", "id": 1.5}           | id: expected a string or a whole number, found 1.5
          {"prompt": 5}                        | prompt: expected a string, found 5
          {"id": "a"}                          | prompt: expected a string, found none
          {"prompt": "a", "prompt": "b"}       | request: expected a JSON object, found Duplicate field 'prompt'
          ["a"]                                | request: expected a JSON object, found an array
          true                                 | request: expected a JSON object, found true
          {"prompt": "a"} {}                   | request: expected a JSON object, found more text after it
          {"prompt": "a"                       | request: expected a JSON object, found .*
          """)
  void namesTheFieldAndTheValueOfAMistake(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching(message);
  }
}
