package dev.mor4j.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.quantize.ConversionReport.Head;
import dev.mor4j.quantize.ConversionReport.Sharing;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import dev.mor4j.quantize.checkpoint.TorchFile;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CheckpointConverterTest {
  @TempDir private Path temporary;
  private Path folder;
  private Path output;

  @BeforeEach
  void nameFolders() throws IOException {
    folder = temporary.resolve("my-model");
    output = Files.createDirectory(temporary.resolve("out")).resolve("model.gguf");
  }

  private ConversionReport convert(SyntheticCheckpoint checkpoint, OutputType type)
      throws IOException {
    return convert(checkpoint.write(folder), type);
  }

  private ConversionReport convert(Path checkpoint, OutputType type) throws IOException {
    return CheckpointConverter.convert(
        new ConversionOptions(checkpoint, output, type, Optional.empty(), true),
        WorkProgress.SILENT);
  }

  private void assertRefused(SyntheticCheckpoint checkpoint, String... words) throws IOException {
    checkpoint.write(folder);

    assertThatThrownBy(() -> convert(folder, OutputType.F32))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContainingAll(words)
        .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("\n"));
    assertOutputFolderIsEmpty();
  }

  private void assertOutputFolderIsEmpty() throws IOException {
    try (Stream<Path> files = Files.list(output.getParent())) {
      assertThat(files).isEmpty();
    }
  }

  private static float[] floats(GgufFile file, String name) {
    return file.data(file.tensor(name).orElseThrow())
        .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN));
  }

  @Test
  void storesExpertChoiceByItsSteps() throws IOException {
    SyntheticCheckpoint checkpoint = SyntheticCheckpoint.expert();

    convert(checkpoint, OutputType.F32);

    try (GgufFile file = GgufFile.open(output)) {
      assertThat(floats(file, "blk.0.attn_q.weight"))
          .isEqualTo(checkpoint.values("model.layers.0.self_attn.q_proj.weight"));
      assertThat(floats(file, "blk.2.ffn_down.weight"))
          .isEqualTo(checkpoint.values("model.layers.1.block.1.mlp.down_proj.weight"));
      assertThat(floats(file, "blk.2.step.1.attn_k.weight"))
          .isEqualTo(checkpoint.values("model.layers.2.block.1.self_attn.k_proj.weight"));
      assertThat(floats(file, "blk.3.ffn_norm.weight"))
          .isEqualTo(checkpoint.values("model.layers.3.post_attention_layernorm.weight"));
      assertThat(floats(file, "router.1.weight"))
          .isEqualTo(checkpoint.values("model.layers.2.mor_router.router.weight"));
      assertThat(file.tensor("blk.2.step.0.ffn_down.weight")).isEmpty();
      assertThat(file.tensor("blk.2.attn_k.weight")).isEmpty();
      assertThat(file.tensor("output.weight")).isEmpty();
      assertThat(file.tensor("blk.0.ffn_down.weight").orElseThrow().shape())
          .isEqualTo(Shape.of(48, 32));
    }
  }

  @Test
  void storesTokenChoiceWithItsOnlyRouter() throws IOException {
    SyntheticCheckpoint checkpoint = SyntheticCheckpoint.token();

    ConversionReport report = convert(checkpoint, OutputType.F32);

    try (GgufFile file = GgufFile.open(output)) {
      assertThat(floats(file, "router.up.weight"))
          .isEqualTo(checkpoint.values("model.layers.mor_router.router.0.weight"));
      assertThat(floats(file, "router.down.weight"))
          .isEqualTo(checkpoint.values("model.layers.mor_router.router.2.weight"));
      assertThat(floats(file, "router.bias"))
          .isEqualTo(checkpoint.values("model.layers.router_bias"));
      assertThat(floats(file, "output.weight")).isEqualTo(checkpoint.values("lm_head.weight"));
      assertThat(file.metadata().string(MetadataKeys.ROUTING_DECISION)).isEqualTo("argmax");
      assertThat(file.metadata().float32(MetadataKeys.ROUTING_ALPHA)).isEqualTo(1);
      assertThat(report.head()).isEqualTo(Head.OWN);
    }
  }

  @Test
  void storesEncodingsOfEachStepOfRepeatedLayers() throws IOException {
    SyntheticCheckpoint checkpoint = SyntheticCheckpoint.encodedSequence();

    convert(checkpoint, OutputType.F32);

    try (GgufFile file = GgufFile.open(output)) {
      assertThat(floats(file, "blk.1.step.0.recursion_encoding.weight"))
          .isEqualTo(checkpoint.values("model.layers.2.recursion_encoding"));
      assertThat(floats(file, "blk.1.ffn_up.weight"))
          .isEqualTo(checkpoint.values("model.layers.3.block.mlp.up_proj.weight"));
    }
  }

  @Test
  void convertsAPlainLlamaWithoutYaml() throws IOException {
    convert(SyntheticCheckpoint.plain(3).withoutYaml(), OutputType.F32);

    try (GgufFile file = GgufFile.open(output)) {
      assertThat(file.metadata().string(MetadataKeys.ROUTING_TYPE)).isEqualTo("none");
      assertThat(file.metadata().count(MetadataKeys.BLOCK_COUNT)).isEqualTo(3);
      assertThat(file.metadata().count(MetadataKeys.RECURSION_COUNT)).isEqualTo(1);
      assertThat(file.metadata().count(MetadataKeys.CONTEXT_LENGTH)).isEqualTo(128);
    }
  }

  @Test
  void writesTheKeysOfTheSchema() throws IOException {
    convert(SyntheticCheckpoint.expert(), OutputType.Q8_0);

    try (GgufFile file = GgufFile.open(output)) {
      assertThat(file.metadata().string(MetadataKeys.ARCHITECTURE)).isEqualTo("mor");
      assertThat(file.metadata().string(MetadataKeys.NAME)).isEqualTo("my-model");
      assertThat(file.metadata().count(MetadataKeys.CONTEXT_LENGTH)).isEqualTo(64);
      assertThat(file.metadata().count(MetadataKeys.BLOCK_COUNT)).isEqualTo(4);
      assertThat(file.metadata().count(MetadataKeys.KEY_LENGTH)).isEqualTo(16);
      assertThat(file.metadata().count(MetadataKeys.RECURSION_BLOCK_LENGTH)).isEqualTo(2);
      assertThat(file.metadata().string(MetadataKeys.RECURSION_SHARING)).isEqualTo("middle_cycle");
      assertThat(file.metadata().string(MetadataKeys.KV_POLICY)).isEqualTo("per_step");
      assertThat(file.metadata().string(MetadataKeys.ROUTING_TYPE)).isEqualTo("expert_choice");
      assertThat(file.metadata().float32(MetadataKeys.ROUTING_THRESHOLD)).isEqualTo(0.5f);
      assertThat(file.metadata().find(MetadataKeys.ROUTING_CAPACITY))
          .contains(GgufValue.float32s(new float[] {1, 0.5f}));
      assertThat(file.metadata().count(MetadataKeys.EOS_TOKEN_ID)).isEqualTo(2);
      assertThat(file.metadata().count("general.quantization_version")).isEqualTo(2);
      assertThat(file.metadata().find(MetadataKeys.TOKENIZER_JSON)).isEmpty();
    }
  }

  @Test
  void keepsTheTokenizerWhole() throws IOException {
    SyntheticCheckpoint.expert().write(folder);
    Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": \"Grüße\"}");
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        """
        {"add_bos_token": true, "bos_token": "<s>", "eos_token": {"content": "</s>"},
         "added_tokens_decoder": {"8": {"content": "<s>"}, "9": {"content": "</s>"}}}
        """);

    ConversionReport report = convert(folder, OutputType.F32);

    try (GgufFile file = GgufFile.open(output)) {
      assertThat(file.metadata().string(MetadataKeys.TOKENIZER_JSON))
          .isEqualTo("{\"model\": \"Grüße\"}");
      assertThat(file.metadata().string(MetadataKeys.TOKENIZER_MODEL)).isEqualTo("gpt2");
      assertThat(file.metadata().count(MetadataKeys.BOS_TOKEN_ID)).isEqualTo(8);
      assertThat(file.metadata().count(MetadataKeys.EOS_TOKEN_ID)).isEqualTo(9);
      assertThat(file.metadata().bool(MetadataKeys.ADD_BOS_TOKEN)).isTrue();
      assertThat(report.notes())
          .singleElement()
          .asString()
          .startsWith("the tokenizer is stored, but mor cannot use it: tokenizer.json: model: ");
    }
  }

  @Test
  void reportsWhatStepsShare() throws IOException {
    ConversionReport report = convert(SyntheticCheckpoint.expert(), OutputType.F32);

    assertThat(report.sharing())
        .contains(new Sharing("ffn_down", 2, 0, 2 * 48 * 32 * 4), new Sharing("attn_q", 0, 2, 0));
    assertThat(report.head()).isEqualTo(Head.TIED);
    assertThat(report.isVerified()).isTrue();
    assertThat(report.outputBytes()).isEqualTo(Files.size(output));
    assertThat(report.text())
        .contains("ffn_down            shared by all steps, saves 12,288 bytes")
        .contains("attn_q              differs between steps, stored for each")
        .contains("no tokenizer.json");
  }

  @Test
  void countsKeyAndValueWeightsThatSharingLeavesUnused() throws IOException {
    SyntheticCheckpoint checkpoint =
        SyntheticCheckpoint.expert()
            .replaceInYaml("kv_sharing: {enable: false}", "kv_sharing: {enable: true}")
            .config("kv_sharing", "{\"enable\": true, \"base_depth\": 2}");

    ConversionReport report = convert(checkpoint, OutputType.F32);

    // Two layers, one later step, keys and values of 16 rows.
    assertThat(report.deadKvBytes()).isEqualTo(2 * 2 * 16 * 32 * 4);
  }

  @ParameterizedTest
  @EnumSource(OutputType.class)
  void givesMatricesTheTypeAskedForAndKeepsTheRestExact(OutputType type) throws IOException {
    convert(SyntheticCheckpoint.expert(), type);

    try (GgufFile file = GgufFile.open(output)) {
      assertThat(file.tensor("blk.0.ffn_up.weight").orElseThrow().type())
          .isEqualTo(type.tensorType());
      assertThat(file.tensor("token_embd.weight").orElseThrow().type())
          .isEqualTo(type.tensorType());
      assertThat(file.tensor("blk.0.ffn_norm.weight").orElseThrow().type())
          .isEqualTo(TensorType.F32);
      assertThat(file.tensor("router.0.weight").orElseThrow().type()).isEqualTo(TensorType.F32);
      // Rows of 48 values do not fill blocks of 32.
      assertThat(file.tensor("blk.0.ffn_down.weight").orElseThrow().type())
          .isEqualTo(type == OutputType.Q8_0 ? TensorType.F16 : type.tensorType());
    }
  }

  @Test
  void keepsTensorsOfEqualValuesButOtherTypesApart() throws IOException {
    SyntheticCheckpoint checkpoint = SyntheticCheckpoint.plain(2).withoutYaml();
    checkpoint.write(folder);
    Files.delete(folder.resolve("model.safetensors"));
    mixedTypes().write(folder.resolve("pytorch_model.bin"));
    Files.writeString(
        folder.resolve("mor_config.yaml"),
        "recursive: {enable: true, num_recursion: 2, sharing: cycle}");

    ConversionReport report = convert(folder, OutputType.BF16);

    try (GgufFile file = GgufFile.open(output)) {
      assertThat(file.tensor("blk.0.step.0.attn_q.weight")).isPresent();
      assertThat(file.tensor("blk.0.attn_k.weight")).isPresent();
      assertThat(report.head()).isEqualTo(Head.ABSENT);
      assertThat(report.notes()).anyMatch(note -> note.contains("F64"));
      assertThat(report.typeChanges()).contains(new ConversionReport.TypeChange("BF16", "BF16", 1));
    }
  }

  /** Two layers of ones; the query weights are BF16 in one of them and F64 in the other. */
  private static TorchFile mixedTypes() {
    float[] ones = new float[48 * 32];
    double[] exact = new double[32 * 32];
    java.util.Arrays.fill(ones, 1);
    java.util.Arrays.fill(exact, 1);
    TorchFile torch = new TorchFile().storage("ones", TorchFile.floats(ones));
    part(torch, "model.embed_tokens.weight", 40, 32);
    part(torch, "model.norm.weight", 32);
    for (int layer = 0; layer < 2; layer++) {
      String prefix = "model.layers." + layer + ".";
      String query = prefix + "self_attn.q_proj.weight";
      if (layer == 0) {
        float[] square = java.util.Arrays.copyOf(ones, 32 * 32);
        torch.tensor(query, "BFloat16Storage", TorchFile.brainFloats(square), 32, 32);
      } else {
        torch.tensor(query, "DoubleStorage", TorchFile.doubles(exact), 32, 32);
      }
      part(torch, prefix + "self_attn.k_proj.weight", 16, 32);
      part(torch, prefix + "self_attn.v_proj.weight", 16, 32);
      part(torch, prefix + "self_attn.o_proj.weight", 32, 32);
      part(torch, prefix + "mlp.gate_proj.weight", 48, 32);
      part(torch, prefix + "mlp.up_proj.weight", 48, 32);
      part(torch, prefix + "mlp.down_proj.weight", 32, 48);
      part(torch, prefix + "input_layernorm.weight", 32);
      part(torch, prefix + "post_attention_layernorm.weight", 32);
    }
    return torch;
  }

  private static void part(TorchFile torch, String name, int... shape) {
    int[] strides = shape.length == 1 ? new int[] {1} : new int[] {shape[1], 1};
    torch.tensor(name, "FloatStorage", "ones", 48 * 32, 0, shape, strides);
  }

  @Test
  void tellsItsProgressToTheEndOfEachStage() throws IOException {
    List<WorkProgress.State> states = new ArrayList<>();
    Path checkpoint = SyntheticCheckpoint.expert().write(folder);

    CheckpointConverter.convert(
        new ConversionOptions(checkpoint, output, OutputType.F16, Optional.empty(), true),
        states::add);

    for (WorkProgress.Stage stage :
        EnumSet.of(
            WorkProgress.Stage.COMPARE, WorkProgress.Stage.WRITE, WorkProgress.Stage.VERIFY)) {
      assertThat(states.stream().filter(state -> state.stage() == stage).toList())
          .last()
          .satisfies(
              state -> {
                assertThat(state.doneBytes()).isEqualTo(state.totalBytes());
                assertThat(state.doneTensors()).isEqualTo(state.tensorCount());
              });
    }
  }

  @Test
  void takesTheYamlThatIsGiven() throws IOException {
    SyntheticCheckpoint checkpoint = SyntheticCheckpoint.expert();
    Path yaml = Files.writeString(temporary.resolve("training.yaml"), checkpoint.yaml());
    checkpoint.withoutYaml().write(folder);

    CheckpointConverter.convert(
        new ConversionOptions(folder, output, OutputType.F32, Optional.of(yaml), false),
        WorkProgress.SILENT);

    assertThat(output).exists();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "num_recursion: 2 | num_recursion: 4 | recursive.num_recursion | show 2 steps",
        "sharing: middle_cycle | sharing: cycle | recursive.sharing | unshared end layers",
        "type: expert | type: token | token_choice | expert_choice",
        "enable: true\\n  type | enable: false\\n  type | none | expert_choice",
        "hidden_size: 32 | hidden_size: 64 | model_config.hidden_size is 64 | hidden_size 32",
        "num_hidden_layers: 6 | num_hidden_layers: 8 | is 8 | num_hidden_layers 6",
        "kv_sharing: {enable: false} | kv_sharing: {enable: true} | kv_sharing.enable is true | false",
        "mor: | relaxation: {enable: true, method: lora}\\nmor: | relaxation.method | LoRA",
        "mor: | relaxation: {enable: true, method: recursion_encoding}\\nmor: | relaxation.enable | expert",
        "capacity: null | capacity: 1.0 | mor.capacity | 2 shares",
        "capacity: null | rand_router: true | mor.rand_router | random"
      })
  void refusesAYamlThatContradictsTheCheckpoint(String from, String to, String one, String two)
      throws IOException {
    SyntheticCheckpoint checkpoint =
        SyntheticCheckpoint.expert()
            .replaceInYaml(from.replace("\\n", "\n"), to.replace("\\n", "\n"));

    assertRefused(checkpoint, "mor_config.yaml", one, two);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // 8 layers of middle_cycle with 3 steps; cycle would keep 6 of them.
        "cycle | 8 | 3 | sharing cycle with 3 recursions uses 6 of the 8 layers",
        "middle_cycle | 9 | 3 | sharing middle_cycle with 3 recursions uses 8 of the 9 layers"
      })
  void saysWhichLayersASharingPatternUses(
      String sharing, int layers, int recursions, String message) throws IOException {
    SyntheticCheckpoint checkpoint =
        SyntheticCheckpoint.plain(layers)
            .replaceInYaml("{enable: false, num", "{enable: true, num")
            .replaceInYaml("sharing: cycle", "sharing: " + sharing)
            .replaceInYaml("num_recursion: 3", "num_recursion: " + recursions);

    assertRefused(
        checkpoint,
        "mor_config.yaml",
        message,
        "num_hidden_layers " + layers,
        "check recursive.sharing and recursive.num_recursion");
  }

  @Test
  void namesASharingPatternThatTheTensorsContradictBeforeLayerCounts() throws IOException {
    SyntheticCheckpoint checkpoint =
        SyntheticCheckpoint.expert()
            .config("num_hidden_layers", "8")
            .replaceInYaml("num_hidden_layers: 6", "num_hidden_layers: 8")
            .replaceInYaml("num_recursion: 2", "num_recursion: 3")
            .replaceInYaml("sharing: middle_cycle", "sharing: cycle");

    assertRefused(checkpoint, "recursive.sharing says cycle", "unshared end layers");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model_type | \"gpt_neox\" | model_type: expected llama, found gpt_neox",
        "rope_scaling | {\"rope_type\": \"yarn\"} | rope_scaling",
        "attention_bias | true | attention_bias",
        "num_hidden_layers | \"six\" | num_hidden_layers: expected a whole number",
        "num_attention_heads | 0 | num_attention_heads",
        "num_key_value_heads | 3 | head_count_kv",
        "vocab_size | 41 | model.embed_tokens.weight: expected shape [41, 32]",
        "quantization_config | {} | quantization_config"
      })
  void refusesAConfigThatItCannotFollow(String key, String json, String message)
      throws IOException {
    assertRefused(SyntheticCheckpoint.expert().config(key, json), message);
  }

  @Test
  void namesAMissingTensor() throws IOException {
    assertRefused(
        SyntheticCheckpoint.expert().remove("model.layers.2.block.1.self_attn.k_proj.weight"),
        "tensor model.layers.2.block.1.self_attn.k_proj.weight is missing");
  }

  @Test
  void namesATensorWithoutAPlace() throws IOException {
    assertRefused(SyntheticCheckpoint.expert().add("model.extra", 2), "model.extra");
  }

  @Test
  void dropsRotaryFrequencies() throws IOException {
    SyntheticCheckpoint checkpoint =
        SyntheticCheckpoint.plain(1).add("model.layers.0.self_attn.rotary_emb.inv_freq", 8);

    assertThat(convert(checkpoint, OutputType.F32).isVerified()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "model.layers.0.self_attn.q_proj.lora_A.default.weight",
    "model.layers.0.self_attn.q_proj.base_layer.weight",
    "model.layers.0.self_attn.adaption_prompt",
    "base_model.model.model.norm.weight"
  })
  void refusesAdapters(String name) throws IOException {
    assertRefused(SyntheticCheckpoint.plain(1).add(name, 2), name, "adapter");
  }

  @Test
  void asksForTheYamlOfARoutedModel() throws IOException {
    assertRefused(SyntheticCheckpoint.expert().withoutYaml(), "without its training yaml");
  }

  @Test
  void refusesValuesTooLargeForTheType() throws IOException {
    SyntheticCheckpoint checkpoint = SyntheticCheckpoint.expert();
    checkpoint.values("model.layers.3.mlp.up_proj.weight")[7] = 70_000;
    checkpoint.write(folder);

    assertThatThrownBy(() -> convert(folder, OutputType.F16))
        .isInstanceOf(QuantizationException.class)
        .hasMessage(
            "%s: tensor model.layers.3.mlp.up_proj.weight: the value 70000.0 is too large for F16: use BF16 or F32"
                .formatted(folder.resolve("model.safetensors")));
    assertOutputFolderIsEmpty();
  }

  @ParameterizedTest
  @EnumSource(OutputType.class)
  void refusesValuesThatAreNotFinite(OutputType type) throws IOException {
    for (String name : List.of("model.layers.3.mlp.up_proj.weight", "model.norm.weight")) {
      SyntheticCheckpoint checkpoint = SyntheticCheckpoint.expert();
      checkpoint.values(name)[7] = Float.NaN;
      checkpoint.write(folder);

      assertThatThrownBy(() -> convert(folder, type))
          .isInstanceOf(QuantizationException.class)
          .hasMessageContainingAll("model.safetensors: tensor " + name + ": ", "NaN");
      assertOutputFolderIsEmpty();
    }
  }

  @Test
  void keepsTheOldFileWhenItFails() throws IOException {
    Files.writeString(output, "old");
    SyntheticCheckpoint checkpoint = SyntheticCheckpoint.expert();
    checkpoint.values("model.norm.weight")[0] = Float.NaN;
    checkpoint.values("model.embed_tokens.weight")[0] = Float.NaN;
    checkpoint.write(folder);

    assertThatThrownBy(() -> convert(folder, OutputType.Q8_0))
        .isInstanceOf(QuantizationException.class)
        .hasMessageContaining("NaN");
    assertThat(output).hasContent("old");
  }

  @Test
  void neverWritesOverItsInput() throws IOException {
    Path input = SyntheticCheckpoint.expert().write(folder).resolve("model.safetensors");
    output = input;
    long size = Files.size(input);

    assertThatThrownBy(() -> convert(folder, OutputType.F32))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("the same file as the input");
    assertThat(Files.size(input)).isEqualTo(size);
  }

  @Test
  void namesAnOutputFolderThatDoesNotExist() throws IOException {
    SyntheticCheckpoint.expert().write(folder);
    output = temporary.resolve("nowhere/model.gguf");

    assertThatThrownBy(() -> convert(folder, OutputType.F32))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("no such folder: " + temporary.resolve("nowhere"));
  }

  @Test
  void namesACheckpointThatIsNoFolder() {
    assertThatThrownBy(() -> convert(temporary.resolve("nothing"), OutputType.F32))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected the folder of a checkpoint");
  }
}
