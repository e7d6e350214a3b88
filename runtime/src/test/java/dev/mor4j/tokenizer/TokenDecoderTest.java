package dev.mor4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TokenDecoderTest {

  @ParameterizedTest
  @EnumSource
  void neverGivesOutHalfACharacter(SamplePipeline pipeline) throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(pipeline.json());

    for (String text : TestTexts.random(11, 300)) {
      int[] ids = tokenizer.encode(text);
      TokenDecoder decoder = tokenizer.decoder();
      StringBuilder streamed = new StringBuilder();
      for (int id : ids) {
        String part = decoder.accept(id);
        assertThat(new String(part.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8))
            .isEqualTo(part);
        streamed.append(part);
      }
      streamed.append(decoder.finish());
      assertThat(streamed).hasToString(tokenizer.decode(ids));
    }
  }

  @Test
  void holdsACharacterBackUntilItsLastByte() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.GPT2.json());
    TokenDecoder decoder = tokenizer.decoder();

    List<String> parts =
        ByteAlphabet.encode("a\uD83D\uDE00")
            .chars()
            .mapToObj(c -> decoder.accept(tokenizer.id(Character.toString(c)).orElseThrow()))
            .toList();

    assertThat(parts).containsExactly("a", "", "", "", "\uD83D\uDE00");
    assertThat(decoder.finish()).isEmpty();
  }

  @Test
  void finishReplacesBytesThatNeverBecameACharacter() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.GPT2.json());
    TokenDecoder decoder = tokenizer.decoder();

    assertThat(decoder.accept(tokenizer.id("ð").orElseThrow())).isEmpty();
    assertThat(decoder.finish()).isEqualTo("\uFFFD");
    assertThat(decoder.finish()).isEmpty();
    assertThatIllegalStateException().isThrownBy(() -> decoder.accept(65));
  }

  @Test
  void streamsPlainTokensAtOnceThroughASentencePieceDecoder() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.LLAMA2.json());
    TokenDecoder decoder = tokenizer.decoder();

    assertThat(decoder.accept(tokenizer.id("▁a").orElseThrow())).isEqualTo("a");
    assertThat(decoder.accept(tokenizer.id("▁a").orElseThrow())).isEqualTo(" a");
    assertThat(decoder.accept(tokenizer.id("<0xC3>").orElseThrow())).isEmpty();
    assertThat(decoder.accept(tokenizer.id("<0xA9>").orElseThrow())).isEmpty();
    assertThat(decoder.accept(tokenizer.id("b").orElseThrow())).isEqualTo("éb");
  }

  @Test
  void stripTakesCharactersOffBothEndsOfEachToken() {
    StringBuilder text = new StringBuilder();
    Decoder.Strip strip = new Decoder.Strip('_', 1, 2);
    TokenSink stage = new Decoder.Chain(List.of(strip, new Decoder.Spaced())).stage(sink(text));

    for (String token : List.of("__a_b____", "___", "_", "", "c_")) {
      token.chars().forEach(c -> stage.text(Character.toString(c)));
      stage.endToken();
    }
    stage.end();

    assertThat(text).hasToString("_a_b__    c");
  }

  private static TokenSink sink(StringBuilder text) {
    return new TokenSink() {
      @Override
      public void text(String fragment) {
        text.append(fragment);
      }

      @Override
      public void endToken() {}

      @Override
      public void end() {}
    };
  }
}
