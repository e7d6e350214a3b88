package dev.mor4j.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.model.DecisionRule;
import dev.mor4j.model.Gating;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RouterActivation;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MorYamlTest {
  private static final String RAW =
      """
      max_length: 2048
      model_config: {hidden_size: 64}
      recursive: {enable: true, base_depth: null, num_recursion: 3, sharing: middle_cycle}
      kv_sharing: {enable: true, base_depth: null, num_recursion: null, sharing: null}
      mor:
        enable: true
        type: expert
        capacity: null
        rand_router: false
        router_type: linear
        temp: 1.0
        expert: {router_func: sigmoid, alpha: 0.1, sampling: aux_loss, gating: weighted}
        token: {router_func: softmax, alpha: 1.0, balancing: loss}
      """;

  @TempDir private Path folder;

  private MorYaml read(String text) throws IOException {
    return MorYaml.read(Files.writeString(folder.resolve("mor_config.yaml"), text));
  }

  @Test
  void readsTheRawAndThePreprocessedYamlAlike() throws IOException {
    String preprocessed =
        RAW.replace("capacity: null", "capacity: 1.0,0.6666666666666666,0.3333333333333333")
            .replace(
                "num_recursion: null, sharing: null", "num_recursion: 3, sharing: middle_cycle")
            .replace("{hidden_size: 64}", "{hidden_size: 64, head_dim: 16}");

    MorYaml raw = read(RAW);
    MorYaml filled = read(preprocessed);

    assertThat(filled.routing()).isEqualTo(raw.routing());
    assertThat(filled.kvPolicy()).isEqualTo(raw.kvPolicy()).isEqualTo(KvPolicy.SHARED);
    assertThat(filled.sharing()).isEqualTo(raw.sharing()).isEqualTo(SharingPattern.MIDDLE_CYCLE);
    assertThat(filled.recursionCount()).isEqualTo(raw.recursionCount()).isEqualTo(3);
    assertThat(filled.maxLength()).isEqualTo(raw.maxLength()).hasValue(2048);
    assertThat(raw.routing().capacity()).containsExactly(1.0, 2.0 / 3, 1.0 / 3);
  }

  @ParameterizedTest
  @CsvSource({
    "router_func: sigmoid, router_func: tanh, TANH, 0",
    "router_func: sigmoid, router_func: null, IDENTITY, 0",
    "router_func: sigmoid, router_func: sigmoid, SIGMOID, 0.5"
  })
  void setsTheThresholdOfEachActivation(
      String from, String to, RouterActivation activation, float threshold) throws IOException {
    MorYaml yaml = read(RAW.replace(from, to));

    assertThat(yaml.routing().activation()).isEqualTo(activation);
    assertThat(yaml.routing().threshold()).isEqualTo(threshold);
    assertThat(yaml.routing().decision()).isEqualTo(DecisionRule.THRESHOLD);
  }

  @Test
  void takesTheAuxiliaryRouterAndTheGating() throws IOException {
    MorYaml yaml = read(RAW.replace("aux_loss, gating: weighted", "aux_router, gating: additive"));

    assertThat(yaml.routing().decision()).isEqualTo(DecisionRule.AUX_ROUTER);
    assertThat(yaml.routing().gating()).isEqualTo(Gating.ADDITIVE);
  }

  @ParameterizedTest
  @CsvSource({
    "'{router_func: sigmoid}', SIGMOID, 0.1",
    "'{router_func: softmax}', SOFTMAX, 1",
    "'{}', SOFTMAX, 1",
    "'{router_func: anything, alpha: 2e-1}', SOFTMAX, 0.2"
  })
  void fillsInTheDefaultsOfTokenChoice(String token, RouterActivation activation, float alpha)
      throws IOException {
    MorYaml yaml =
        read(
            "recursive: {num_recursion: 2, sharing: cycle}\n"
                + "mor: {enable: true, type: token, token: "
                + token
                + "}\n");

    assertThat(yaml.routing().activation()).isEqualTo(activation);
    assertThat(yaml.routing().alpha()).isEqualTo(alpha);
    assertThat(yaml.routing().gating()).isEqualTo(Gating.WEIGHTED);
    assertThat(yaml.routing().temperature()).isEqualTo(1);
    assertThat(yaml.routerBias()).isFalse();
    assertThat(yaml.kvPolicy()).isEqualTo(KvPolicy.PER_STEP);
  }

  @Test
  void updatesTheCacheOnlyWhereTrainingDoes() throws IOException {
    String update = RAW.replace("sharing: null}", "sharing: null, update_cache: true}");

    assertThat(read(update).kvPolicy()).isEqualTo(KvPolicy.SHARED_UPDATE);
    assertThat(read(update.replace("middle_cycle", "cycle")).kvPolicy()).isEqualTo(KvPolicy.SHARED);
  }

  @Test
  void oneStepMeansNothingIsShared() throws IOException {
    MorYaml yaml = read("recursive: {enable: true, num_recursion: 1, base_depth: 4}");

    assertThat(yaml.sharing()).isEqualTo(SharingPattern.NONE);
    assertThat(yaml.recursionCount()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "num_recursion: 3 | num_recursion: 1 | recursive.num_recursion: expected 2 or more, found 1",
        "num_recursion: 3 | num_recursion: many | recursive.num_recursion: expected a whole number",
        "sharing: middle_cycle | sharing: spiral | expected one of none, cycle",
        "num_recursion: null | num_recursion: 2 | kv_sharing.num_recursion",
        "sharing: null | sharing: cycle | kv_sharing.sharing",
        "router_func: sigmoid | router_func: relu | mor.expert.router_func",
        "alpha: 0.1 | alpha: null | mor.expert.alpha",
        "capacity: null | capacity: '0.5,0.8,0.1' | capacity",
        "capacity: null | capacity: '1,x,0.1' | mor.capacity: expected a number, found x",
        "type: expert | type: oracle | mor.type: expected expert or token, found oracle",
        "router_type: linear | router_type: deep | mor.router_type",
        "temp: 1.0 | temp: 0 | temperature",
        "rand_router: false | rand_router: true | mor.rand_router",
        "rand_router: false | rand_router: perhaps | expected true or false"
      })
  void refusesWhatCannotBe(String from, String to, String message) {
    assertThat(RAW).contains(from);

    assertThatThrownBy(() -> read(RAW.replace(from, to)))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("mor_config.yaml")
        .hasMessageContaining(message);
  }

  @Test
  void constructsNoObjects() {
    assertThatThrownBy(() -> read("mor: !!javax.script.ScriptEngineManager []\n"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("not valid YAML");
  }

  @Test
  void prefersTheUsualNameAndThenTheOnlyFile() throws IOException {
    assertThat(MorYaml.find(folder, Optional.empty())).isEmpty();
    Path other = Files.writeString(folder.resolve("llama_360m.yml"), RAW);
    assertThat(MorYaml.find(folder, Optional.empty()).orElseThrow().file()).isEqualTo(other);
    Files.writeString(folder.resolve("second.yaml"), RAW);
    assertThatThrownBy(() -> MorYaml.find(folder, Optional.empty()))
        .hasMessageContaining("name the yaml to use");
    Path raw = Files.writeString(folder.resolve("mor_config.raw.yaml"), RAW);
    assertThat(MorYaml.find(folder, Optional.empty()).orElseThrow().file()).isEqualTo(raw);
    Path usual = Files.writeString(folder.resolve("mor_config.yaml"), RAW);
    assertThat(MorYaml.find(folder, Optional.empty()).orElseThrow().file()).isEqualTo(usual);
    assertThat(MorYaml.find(folder, Optional.of(other)).orElseThrow().file()).isEqualTo(other);
  }
}
