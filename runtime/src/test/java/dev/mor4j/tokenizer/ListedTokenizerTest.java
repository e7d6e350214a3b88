package dev.mor4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A tokenizer from the lists of a GGUF file equals the tokenizer.json that it was made from. */
class ListedTokenizerTest {
  private static final long SEED = 20_261_124;
  private static final String USER_DEFINED = "'normalized':false,'special':false";

  enum Listed {
    GPT2("gpt2", "gpt-2"),
    SMOLLM("gpt2", "smollm"),
    LLAMA3("gpt2", "llama-bpe"),
    QWEN2("gpt2", "qwen2"),
    DEFAULT("gpt2", "default"),
    SENTENCE_PIECE("llama", "");

    private final String kind;
    private final String preTokenizer;

    Listed(String kind, String preTokenizer) {
      this.kind = kind;
      this.preTokenizer = preTokenizer;
    }

    TokenLists lists() {
      return sample().lists(kind, preTokenizer);
    }

    SampleTokenizer sample() {
      return switch (this) {
        case GPT2 -> byteLevel(SamplePipeline.BYTE_LEVEL.formatted("true"));
        case SMOLLM ->
            byteLevel(
                "{'type':'Sequence','pretokenizers':[{'type':'Digits','individual_digits':true},"
                    + SamplePipeline.BYTE_LEVEL.formatted("true")
                    + "]}");
        case LLAMA3 ->
            byteLevel(
                    SamplePipeline.split(
                        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}|"
                            + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"))
                .model("'ignore_merges':true");
        case QWEN2 ->
            byteLevel(
                    SamplePipeline.split(
                        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}|"
                            + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"))
                .normalizer("{'type':'NFC'}");
        case DEFAULT ->
            byteLevel(
                "{'type':'Sequence','pretokenizers':["
                    + isolated("[\\p{P}$+<=>^~|]+")
                    + isolated(
                        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+"
                            + "|\\s+(?!\\S)")
                    + isolated("\\p{N}+")
                    + isolated("[0-9][0-9][0-9]")
                    + SamplePipeline.BYTE_LEVEL.formatted("false")
                    + "]}");
        case SENTENCE_PIECE ->
            SampleTokenizer.sentencePiece()
                .impliedMerges()
                .model("'unk_token':'<unk>','fuse_unk':true,'byte_fallback':true")
                .normalizer(
                    "{'type':'Sequence','normalizers':[{'type':'Prepend','prepend':'▁'},"
                        + "{'type':'Replace','pattern':{'String':' '},'content':'▁'}]}")
                .decoder(
                    "{'type':'Sequence','decoders':[{'type':'Replace','pattern':{'String':'▁'},"
                        + "'content':' '},{'type':'ByteFallback'},{'type':'Fuse'},"
                        + "{'type':'Strip','content':' ','start':1,'stop':0}]}");
      };
    }

    private static SampleTokenizer byteLevel(String preTokenizer) {
      return SampleTokenizer.byteLevel()
          .added("snake", USER_DEFINED)
          // Digits that would merge if nothing separated them.
          .merge("1", "2")
          .merge("12", "3")
          .merge("123", "4")
          .preTokenizer(preTokenizer)
          .decoder(SamplePipeline.BYTE_DECODER);
    }

    private static String isolated(String regex) {
      return SamplePipeline.splitPart("Regex", regex, "Isolated", false) + ",";
    }
  }

  @ParameterizedTest
  @EnumSource
  void encodesAsTheTokenizerJson(Listed listed) throws Exception {
    Tokenizer tokenizer = Tokenizer.fromLists(listed.lists());
    List<String> texts = new ArrayList<>(TestTexts.stories());
    texts.addAll(TestTexts.random(SEED, 800));
    texts.add("a snake<|endoftext|></s><unk> 1234 snakes");

    try (HuggingFaceOracle oracle = new HuggingFaceOracle(listed.sample().json())) {
      for (String text : texts) {
        assertThat(tokenizer.encode(text)).as(text).containsExactly(oracle.encode(text));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void decodesAsTheTokenizerJson(Listed listed) throws Exception {
    Tokenizer tokenizer = Tokenizer.fromLists(listed.lists());
    List<int[]> sequences = TestTexts.randomIds(SEED, 800, tokenizer.tokenCount());
    TestTexts.random(SEED, 100).forEach(text -> sequences.add(tokenizer.encode(text)));

    try (HuggingFaceOracle oracle = new HuggingFaceOracle(listed.sample().json())) {
      for (int[] sequence : sequences) {
        int[] ids = TestTexts.withoutBrokenBytes(tokenizer, sequence);
        assertThat(tokenizer.decode(ids)).isEqualTo(oracle.decode(ids));
      }
    }
  }

  private static TokenLists letters(float... scores) {
    return new TokenLists(
        "llama",
        "",
        List.of("a", "b", "c", "ab", "bc", "", "<s>"),
        new int[] {1, 1, 1, 1, 1, 1, 3},
        scores,
        List.of(),
        false);
  }

  @Test
  void mergesTheHighestScoreFirst() throws Exception {
    TokenLists first = letters(0, 0, 0, -1, -2, 0, 0);
    TokenLists second = letters(0, 0, 0, -2, -1, 0, 0);

    assertThat(Tokenizer.fromLists(first).encode("abc")).containsExactly(3, 2);
    assertThat(Tokenizer.fromLists(second).encode("abc")).containsExactly(0, 4);
  }

  @Test
  void mergesTheLeftmostOfEqualScores() throws Exception {
    assertThat(Tokenizer.fromLists(letters()).encode("abcbc")).containsExactly(3, 2, 4);
  }

  @Test
  void addsNoSpacePrefixIfTheFileSaysSo() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromLists(letters());

    assertThat(tokenizer.decode(tokenizer.encode("a"))).isEqualTo("a");
    assertThat(tokenizer.encode("a<s>b")).containsExactly(0, 6, 1);
    assertThat(tokenizer.isSpecial(6)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "t5, gpt-2, tokenizer.ggml.model: expected gpt2 or llama",
    "gpt2, tekken, tokenizer.ggml.pre: expected one of gpt-2"
  })
  void refusesUnknownNames(String kind, String preTokenizer, String message) {
    TokenLists lists = Listed.GPT2.sample().lists(kind, preTokenizer);

    assertThatThrownBy(() -> Tokenizer.fromLists(lists))
        .isInstanceOf(UnsupportedTokenizerException.class)
        .hasMessageStartingWith(message);
  }

  private static void assertRefused(
      List<String> tokens, int[] types, float[] scores, List<String> merges, String message) {
    String kind = merges.isEmpty() ? "llama" : "gpt2";
    TokenLists lists = new TokenLists(kind, "gpt-2", tokens, types, scores, merges, true);

    assertThatThrownBy(() -> Tokenizer.fromLists(lists))
        .isInstanceOf(UnsupportedTokenizerException.class)
        .hasMessageStartingWith(message);
  }

  @Test
  void refusesListsThatContradictEachOther() {
    int[] noTypes = {};
    float[] noScores = {};
    List<String> tokens = List.of("a", "b", "ab");

    assertRefused(List.of(), noTypes, noScores, List.of(), "tokenizer.ggml.tokens: ");
    assertRefused(
        List.of("a", "a"), noTypes, noScores, List.of(), "tokenizer.ggml.tokens[1]: expected");
    assertRefused(
        List.of("a".repeat(1025)), noTypes, noScores, List.of(), "tokenizer.ggml.tokens[0]: ");
    assertRefused(tokens, new int[2], noScores, List.of(), "tokenizer.ggml.token_type: ");
    assertRefused(tokens, noTypes, new float[4], List.of(), "tokenizer.ggml.scores: ");
    for (String merge : Arrays.asList("ab", "a c", "b a", " ")) {
      assertRefused(
          tokens, noTypes, noScores, List.of("a b", merge), "tokenizer.ggml.merges[1]: expected");
    }
  }
}
