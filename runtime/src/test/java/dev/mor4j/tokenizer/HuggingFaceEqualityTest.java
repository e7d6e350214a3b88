package dev.mor4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ids and texts equal those of Hugging Face's tokenizers library. */
class HuggingFaceEqualityTest {

  private static final long SEED = 20261123;

  @ParameterizedTest
  @EnumSource
  void encodesAsHuggingFace(SamplePipeline pipeline) throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(pipeline.json());
    List<String> texts = new ArrayList<>(TestTexts.stories());
    texts.addAll(TestTexts.random(SEED, 1500));

    try (HuggingFaceOracle oracle = new HuggingFaceOracle(pipeline.json())) {
      for (String text : texts) {
        assertThat(tokenizer.encode(text)).as(text).containsExactly(oracle.encode(text));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void decodesAsHuggingFace(SamplePipeline pipeline) throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(pipeline.json());
    List<int[]> sequences = TestTexts.randomIds(SEED, 1500, tokenizer.tokenCount());
    TestTexts.random(SEED, 300).forEach(text -> sequences.add(tokenizer.encode(text)));

    try (HuggingFaceOracle oracle = new HuggingFaceOracle(pipeline.json())) {
      for (int[] sequence : sequences) {
        int[] ids = TestTexts.withoutBrokenBytes(tokenizer, sequence);
        assertThat(tokenizer.decode(ids)).isEqualTo(oracle.decode(ids));
      }
    }
  }
}
