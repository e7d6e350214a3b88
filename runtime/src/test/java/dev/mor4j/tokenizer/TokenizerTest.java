package dev.mor4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenizerTest {

  private static final String CHARACTERS =
      """
      {"added_tokens": [%s], "normalizer": null, "pre_tokenizer": %s, "post_processor": %s,
       "decoder": %s,
       "model": {"type": "BPE", %s "vocab": {"<unk>": 0, "a": 1, "b": 2, "ab": 3, "<0xC3>": 4,
         "<0xA9>": 5}, "merges": ["a b"]}}
      """;

  @Test
  void recognizesControlTokensExceptInOrdinaryText() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.DEMO.json());

    int[] recognised = tokenizer.encode("end<|endoftext|>");
    int[] ordinary = tokenizer.encodeOrdinary("end<|endoftext|>");

    assertThat(recognised).endsWith(0).hasSizeLessThan(ordinary.length);
    assertThat(ordinary).doesNotContain(0);
    assertThat(tokenizer.decode(ordinary)).isEqualTo("end<|endoftext|>");
  }

  @Test
  void recognizesPlainAddedTokensInOrdinaryText() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.SMOLLM.json());
    int mask = tokenizer.id("<mask>").orElseThrow();

    assertThat(tokenizer.encodeOrdinary("<mask>")).containsExactly(mask);
    assertThat(tokenizer.isSpecial(mask)).isFalse();
  }

  @Test
  void knowsItsTokens() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.DEMO.json());

    assertThat(tokenizer.tokenCount()).isEqualTo(4096);
    assertThat(tokenizer.id("<|endoftext|>")).hasValue(0);
    assertThat(tokenizer.id("no such token")).isEmpty();
    assertThat(tokenizer.token(66)).isEqualTo("b");
    assertThat(tokenizer.isSpecial(0)).isTrue();
    assertThat(tokenizer.isSpecial(66)).isFalse();
    assertThat(tokenizer.isSpecial(-1)).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tokenizer.token(4096))
        .withMessage("token id: expected one of 0..4095 that has a token, found 4096");
  }

  @Test
  void countsAddedTokensBeyondTheVocabulary() throws Exception {
    Tokenizer tokenizer = tokenizer(added(6, "<end>", "true"), "null", "");

    assertThat(tokenizer.tokenCount()).isEqualTo(7);
    assertThat(tokenizer.token(6)).isEqualTo("<end>");
    assertThat(tokenizer.encode("ab<end>b")).containsExactly(3, 6, 2);
  }

  @Test
  void readsLoneSurrogatesAsReplacementCharacters() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.DEMO.json());

    assertThat(tokenizer.encode("a\uD83Db\uDE00\uD83D\uDE00"))
        .containsExactly(tokenizer.encode("a\uFFFDb\uFFFD\uD83D\uDE00"));
  }

  @Test
  void ignoresUnknownIdsInDecoding() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.DEMO.json());

    assertThat(tokenizer.decode(65, -1, 66, Integer.MAX_VALUE)).isEqualTo("ab");
  }

  @Test
  void encodesUnknownCharactersSeparatelyOrFused() throws Exception {
    String unknown = "\"unk_token\": \"<unk>\", \"fuse_unk\": %s,";

    assertThat(tokenizer("", "null", unknown.formatted(false)).encode("axyb"))
        .containsExactly(1, 0, 0, 2);
    assertThat(tokenizer("", "null", unknown.formatted(true)).encode("axyb"))
        .containsExactly(1, 0, 2);
    assertThat(tokenizer("", "null", "").encode("axyb")).containsExactly(3);
  }

  @Test
  void fallsBackToBytesOnlyIfTheVocabularyHasAllOfThem() throws Exception {
    Tokenizer tokenizer =
        tokenizer("", "null", "\"unk_token\": \"<unk>\", \"byte_fallback\": true,");

    assertThat(tokenizer.encode("é")).containsExactly(4, 5);
    assertThat(tokenizer.encode("à")).containsExactly(0);
  }

  @Test
  void tokenBytesMayBePartOfACharacter() throws Exception {
    Tokenizer byteLevel = Tokenizer.fromJson(SamplePipeline.DEMO.json());
    Tokenizer fallback =
        tokenizer("", "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"ByteFallback\"}]}", "");

    assertThat(byteLevel.tokenBytes(byteLevel.id("Ã").orElseThrow())).containsExactly(0xC3);
    assertThat(byteLevel.tokenBytes(byteLevel.encode(" the")[0]))
        .isEqualTo(" the".getBytes(StandardCharsets.UTF_8));
    assertThat(fallback.tokenBytes(4)).containsExactly(0xC3);
    assertThat(fallback.tokenBytes(3)).containsExactly('a', 'b');
  }

  @Test
  void readsTheTokensThatTheTemplateAdds() throws Exception {
    String template =
        """
        {"type": "Sequence", "processors": [
          {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false},
          {"type": "TemplateProcessing",
           "single": [{"SpecialToken": {"id": "a", "type_id": 0}},
                      {"Sequence": {"id": "A", "type_id": 0}},
                      {"SpecialToken": {"id": "b", "type_id": 0}}],
           "pair": [],
           "special_tokens": {"a": {"id": "a", "ids": [1], "tokens": ["a"]},
                              "b": {"id": "b", "ids": [2, 3], "tokens": ["b", "ab"]}}}]}
        """;

    Tokenizer tokenizer =
        Tokenizer.fromJson(CHARACTERS.formatted("", "null", template, "null", ""));

    assertThat(tokenizer.template()).contains(new TokenTemplate(List.of(1), List.of(2, 3)));
    assertThat(tokenizer.encode("ab")).containsExactly(3);
  }

  private static Tokenizer tokenizer(String added, String decoder, String model)
      throws UnsupportedTokenizerException {
    return Tokenizer.fromJson(CHARACTERS.formatted(added, "null", "null", decoder, model));
  }

  private static String added(int id, String content, String special) {
    return """
    {"id": %d, "content": "%s", "single_word": false, "lstrip": false, "rstrip": false,
     "normalized": false, "special": %s}"""
        .formatted(id, content, special);
  }
}
