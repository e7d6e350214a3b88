package dev.mor4j.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.architecture.Architectures;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantizationRecipeTest {
  private static final int BLOCKS = 16;
  private static final SourceModel LLAMA = new SourceModel(Architectures.LLAMA, BLOCKS, 3, true);

  private static GgufTensorInfo tensor(String name, long... sizes) {
    Shape shape = Shape.of(sizes);
    return new GgufTensorInfo(
        name, TensorType.F32, shape, sizes.length, 0, shape.valueCount() * Float.BYTES);
  }

  private static TensorPlan plan(
      RecipeOptions options, SourceModel model, String name, long width) {
    return new QuantizationRecipe(options, model, false).planOf(tensor(name, width, 8));
  }

  private static TensorType type(FileType type, SourceModel model, String name) {
    return plan(RecipeOptions.of(type), model, name, 512).type();
  }

  @ParameterizedTest
  @CsvSource({
    // The first and last two of 16 layers, and every third between, beginning with the fifth.
    "Q4_K_M, blk.0.attn_v, Q6_K",
    "Q4_K_M, blk.1.ffn_down, Q6_K",
    "Q4_K_M, blk.2.attn_v, Q4_K",
    "Q4_K_M, blk.3.ffn_down, Q4_K",
    "Q4_K_M, blk.4.attn_v, Q6_K",
    "Q4_K_M, blk.13.ffn_down, Q6_K",
    "Q4_K_M, blk.12.ffn_down, Q4_K",
    "Q4_K_M, blk.14.ffn_down, Q6_K",
    "Q4_K_M, blk.0.attn_q, Q4_K",
    "Q4_K_M, blk.0.step.2.attn_v, Q6_K",
    "Q5_K_M, blk.15.attn_v, Q6_K",
    "Q5_K_M, blk.2.attn_v, Q5_K",
    "Q4_K_S, blk.3.attn_v, Q5_K",
    "Q4_K_S, blk.4.attn_v, Q4_K",
    "Q4_K_S, blk.1.ffn_down, Q5_K",
    "Q4_K_S, blk.2.ffn_down, Q4_K",
    "Q3_K_S, blk.0.attn_v, Q3_K",
    "Q3_K_M, blk.1.attn_v, Q5_K",
    "Q3_K_M, blk.2.attn_v, Q4_K",
    "Q3_K_M, blk.0.ffn_down, Q5_K",
    "Q3_K_M, blk.1.ffn_down, Q4_K",
    "Q3_K_M, blk.1.attn_output, Q4_K",
    "Q3_K_L, blk.9.attn_output, Q5_K",
    "Q2_K, blk.9.attn_v, Q3_K",
    "Q2_K, blk.9.ffn_down, Q3_K",
    "Q2_K, blk.9.attn_output, Q3_K",
    "Q2_K, blk.9.attn_k, Q2_K",
    "IQ4_XS, blk.0.attn_v, IQ4_XS",
    "IQ4_XS, blk.1.ffn_down, Q5_K",
    "IQ3_M, blk.9.attn_v, Q4_K",
    "IQ3_S, blk.9.attn_v, IQ3_S",
    "Q4_0, blk.0.attn_v, Q4_0",
    "Q4_0, output, Q6_K",
    "Q8_0, output, Q8_0",
    "F16, output, F16",
    "TQ1_0, token_embd, Q4_K",
    "Q4_0, token_embd, Q4_0",
    "Q5_1, blk.7.ffn_gate, Q5_1"
  })
  void mixesAsPublished(FileType type, String name, TensorType expected) {
    assertThat(type(type, LLAMA, name + ".weight")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "IQ4_XS, blk.1.ffn_down, IQ4_XS",
    "IQ4_NL, blk.0.ffn_down, IQ4_NL",
    "Q4_0, blk.1.ffn_down, Q4_1",
    "Q4_0, blk.2.ffn_down, Q4_0",
    "Q5_0, blk.0.ffn_down, Q5_1",
    "IQ3_XXS, blk.9.attn_v, IQ3_XXS",
    "IQ3_XXS, blk.0.ffn_down, IQ3_XXS",
    "IQ3_XXS, blk.0.attn_q, IQ2_S",
    "IQ3_XXS, blk.0.attn_k, IQ2_S",
    "IQ3_XXS, blk.0.attn_output, IQ3_S",
    "IQ3_XXS, token_embd, IQ3_S",
    "IQ3_XXS, output, Q5_K",
    "IQ3_XS, blk.2.attn_k, IQ3_XXS",
    "IQ3_XS, blk.2.attn_v, IQ3_S",
    "IQ3_XS, blk.1.ffn_up, IQ3_S",
    "IQ3_XS, blk.2.ffn_gate, IQ3_XXS",
    "IQ3_XS, blk.13.ffn_gate, IQ3_XXS",
    "IQ3_XS, blk.14.ffn_gate, IQ3_S",
    "IQ3_XS, output, Q6_K",
    "Q2_K_S, blk.9.attn_v, Q2_K",
    "Q2_K_S, blk.1.ffn_down, Q4_K",
    "Q2_K_S, blk.2.ffn_down, Q2_K",
    "IQ2_M, blk.9.attn_q, IQ2_S",
    "IQ2_M, blk.1.ffn_down, IQ3_S",
    "IQ2_S, blk.9.attn_q, IQ2_XS",
    "IQ2_S, blk.9.attn_v, IQ3_S",
    "IQ2_S, blk.9.attn_output, IQ3_S",
    "IQ2_S, token_embd, IQ3_S",
    "IQ2_XS, blk.9.attn_v, Q2_K",
    "IQ2_XS, blk.1.ffn_down, Q2_K",
    "IQ2_XS, blk.2.ffn_down, IQ2_XS",
    "IQ2_XS, blk.9.attn_output, IQ2_XS",
    "IQ2_XS, token_embd, Q2_K",
    "IQ2_XXS, output, Q5_K",
    "IQ1_S, blk.9.attn_output, IQ2_XXS",
    "IQ1_M, blk.9.ffn_up, IQ1_M"
  })
  void mixesAsPublishedWhereErrorsAreWeighed(FileType type, String name, TensorType expected) {
    QuantizationRecipe recipe = new QuantizationRecipe(RecipeOptions.of(type), LLAMA, true);

    assertThat(recipe.planOf(tensor(name + ".weight", 512, 8)).type()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"IQ3_XXS, Q4_K", "IQ3_XS, Q4_K", "Q2_K_S, Q4_K", "IQ2_S, Q4_K", "IQ1_S, Q4_K"})
  void sparesValuesThatManyHeadsShareInSmallTypes(FileType type, TensorType expected) {
    SourceModel shared = new SourceModel(Architectures.LLAMA, BLOCKS, 4, true);

    assertThat(
            new QuantizationRecipe(RecipeOptions.of(type), shared, true)
                .planOf(tensor("blk.9.attn_v.weight", 512, 8))
                .type())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(names = {"IQ1_S", "IQ2_XS", "IQ2_M", "IQ3_XXS"})
  void fallsBackToFourBitsWhereRowsAreNoMultipleOf256(FileType type) {
    QuantizationRecipe recipe = new QuantizationRecipe(RecipeOptions.of(type), LLAMA, true);

    assertThat(recipe.planOf(tensor("blk.9.ffn_up.weight", 96, 8)).type())
        .isEqualTo(TensorType.IQ4_NL);
  }

  @ParameterizedTest
  @CsvSource({"Q2_K, Q4_K", "IQ3_S, Q4_K", "IQ4_NL, Q5_K", "IQ4_XS, Q5_K", "Q4_0, Q4_0"})
  void givesValuesSharedByFourHeadsMoreBits(FileType type, TensorType expected) {
    SourceModel model = new SourceModel(Architectures.LLAMA, BLOCKS, 4, true);

    assertThat(type(type, model, "blk.8.attn_v.weight")).isEqualTo(expected);
  }

  @Test
  void givesValuesOfTheLargestLlamaMoreBits() {
    SourceModel largest = new SourceModel(Architectures.LLAMA, 80, 8, true);
    SourceModel recursive = new SourceModel(Architectures.MOR, 80, 8, true);

    assertThat(type(FileType.Q4_K_M, largest, "blk.10.attn_v.weight")).isEqualTo(TensorType.Q5_K);
    assertThat(type(FileType.Q4_K_M, recursive, "blk.10.attn_v.weight")).isEqualTo(TensorType.Q4_K);
  }

  @Test
  void givesTiedEmbeddingTheTypeOfTheHead() {
    SourceModel tied = new SourceModel(Architectures.MOR, BLOCKS, 2, false);

    assertThat(type(FileType.Q4_0, tied, "token_embd.weight")).isEqualTo(TensorType.Q6_K);
    assertThat(plan(RecipeOptions.of(FileType.Q4_K_M), tied, "token_embd.weight", 288).type())
        .isEqualTo(TensorType.Q8_0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "blk.0.attn_norm.weight",
        "blk.0.step.1.recursion_encoding.weight",
        "router.up.weight",
        "router.1.down.weight",
        "router_aux.0.up.weight",
        "router.bias",
        "rope_freqs.bias"
      })
  void keepsWhatSteers(String name) {
    RecipeOptions everything =
        new RecipeOptions(
            FileType.Q4_0,
            true,
            Optional.empty(),
            Optional.empty(),
            List.of(new TensorTypeRule(Pattern.compile("blk|router|rope"), TensorType.Q4_0)));

    assertThat(plan(everything, LLAMA, name, 256).type()).isEqualTo(TensorType.F32);
  }

  @Test
  void keepsVectors() {
    GgufTensorInfo vector = tensor("blk.0.ffn_up.weight", 256, 1);

    TensorPlan plan =
        new QuantizationRecipe(RecipeOptions.of(FileType.Q4_0), LLAMA, false).planOf(vector);

    assertThat(plan.isCopied()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "IQ3_S, IQ4_NL",
    "IQ4_XS, IQ4_NL",
    "Q1_0, Q4_0",
    "Q2_K, Q4_0",
    "Q3_K_S, Q4_0",
    "TQ1_0, Q4_0",
    "TQ2_0, Q4_0",
    "Q4_K_M, Q5_0",
    "Q5_K_M, Q5_1",
    "Q6_K, Q8_0"
  })
  void takesSmallerBlocksForOddRows(FileType type, TensorType expected) {
    TensorPlan plan = plan(RecipeOptions.of(type), LLAMA, "blk.8.attn_q.weight", 288);

    assertThat(plan.type()).isEqualTo(expected);
    assertThat(plan.wanted()).isEqualTo(type.tensorType());
    assertThat(plan.isFallback()).isTrue();
  }

  @ParameterizedTest
  @EnumSource(
      value = FileType.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"F32", "F16", "BF16"})
  void takesF16WhereNoBlockFits(FileType type) {
    assertThat(plan(RecipeOptions.of(type), LLAMA, "blk.8.attn_q.weight", 48).type())
        .isEqualTo(TensorType.F16);
  }

  @Test
  void pureMeansOneType() {
    RecipeOptions pure =
        new RecipeOptions(FileType.Q4_K_M, true, Optional.empty(), Optional.empty(), List.of());

    assertThat(plan(pure, LLAMA, "output.weight", 256).type()).isEqualTo(TensorType.Q4_K);
    assertThat(plan(pure, LLAMA, "blk.0.attn_v.weight", 256).type()).isEqualTo(TensorType.Q4_K);
  }

  @Test
  void namedTypesGoBeforeTheMix() {
    RecipeOptions named =
        new RecipeOptions(
            FileType.Q4_0,
            false,
            Optional.of(TensorType.Q5_0),
            Optional.of(TensorType.Q5_1),
            List.of(
                new TensorTypeRule(Pattern.compile("blk\\.[01]\\."), TensorType.Q8_0),
                new TensorTypeRule(Pattern.compile("attn_v"), TensorType.BF16)));

    assertThat(plan(named, LLAMA, "output.weight", 256).type()).isEqualTo(TensorType.Q5_0);
    assertThat(plan(named, LLAMA, "token_embd.weight", 256).type()).isEqualTo(TensorType.Q5_1);
    assertThat(plan(named, LLAMA, "blk.1.attn_v.weight", 256).type()).isEqualTo(TensorType.Q8_0);
    assertThat(plan(named, LLAMA, "blk.2.attn_v.weight", 256).type()).isEqualTo(TensorType.BF16);
    assertThat(plan(named, LLAMA, "blk.2.attn_k.weight", 256).type()).isEqualTo(TensorType.Q4_0);
  }

  @Test
  void namedTypesFallBackToo() {
    RecipeOptions named =
        new RecipeOptions(
            FileType.Q4_0,
            false,
            Optional.empty(),
            Optional.empty(),
            List.of(new TensorTypeRule(Pattern.compile("ffn_up"), TensorType.Q6_K)));

    TensorPlan plan = plan(named, LLAMA, "blk.0.ffn_up.weight", 96);

    assertThat(plan.type()).isEqualTo(TensorType.Q8_0);
    assertThat(plan.isFallback()).isTrue();
  }

  @Test
  void knowsTypesByName() {
    assertThat(FileType.named("q4_k_m")).isEqualTo(FileType.Q4_K_M);
    assertThat(FileType.named("Q5_K")).isEqualTo(FileType.Q5_K_M);
    assertThat(WeightTypes.named("mxfp4")).isEqualTo(TensorType.MXFP4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Q9_0", "I32", "Q8_K"})
  void refusesUnknownTypes(String name) {
    assertThatThrownBy(() -> FileType.named(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Q4_K_M")
        .hasMessageContaining("'" + name + "'");
    assertThatThrownBy(() -> WeightTypes.named(name)).hasMessageContaining("Q4_K");
  }
}
