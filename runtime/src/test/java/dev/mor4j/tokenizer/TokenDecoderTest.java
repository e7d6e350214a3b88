package dev.mor4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TokenDecoderTest {
  private static final DecodingOptions TEXT = DecodingOptions.WHOLE_TEXT;
  private static final DecodingOptions CONTINUATION = new DecodingOptions(true, true);

  @ParameterizedTest
  @EnumSource
  void returnsWholeCharactersOnly(SamplePipeline pipeline) throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(pipeline.json());

    for (String text : TestTexts.random(11, 300)) {
      int[] ids = tokenizer.encode(text);
      TokenDecoder decoder = tokenizer.decoder(DecodingOptions.WHOLE_TEXT);
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
  void returnsACharacterWithItsLastByte() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.GPT2.json());
    TokenDecoder decoder = tokenizer.decoder(DecodingOptions.WHOLE_TEXT);

    List<String> parts =
        ByteAlphabet.encode("a\uD83D\uDE00")
            .chars()
            .mapToObj(c -> decoder.accept(tokenizer.id(Character.toString(c)).orElseThrow()))
            .toList();

    assertThat(parts).containsExactly("a", "", "", "", "\uD83D\uDE00");
    assertThat(decoder.finish()).isEmpty();
  }

  @Test
  void finishReplacesAnIncompleteCharacter() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.GPT2.json());
    TokenDecoder decoder = tokenizer.decoder(DecodingOptions.WHOLE_TEXT);

    assertThat(decoder.accept(tokenizer.id("ð").orElseThrow())).isEmpty();
    assertThat(decoder.finish()).isEqualTo("\uFFFD");
    assertThat(decoder.finish()).isEmpty();
    assertThatIllegalStateException().isThrownBy(() -> decoder.accept(65));
  }

  @ParameterizedTest
  @EnumSource(names = {"LLAMA2", "MISTRAL_V3"})
  void streamsEachCharacterOfASentencePieceTextAtOnce(SamplePipeline pipeline) throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(pipeline.json());

    assertThat(
            streamed(
                tokenizer, TEXT, "▁a", "▁a", "<0x0A>", "<0xC3>", "<0xA9>", "b", "<0xF0>", "<0x9F>"))
        .containsExactly("a", " a", "\n", "", "é", "b", "", "", "\uFFFD");
  }

  @Test
  void anIncompleteCharacterDoesNotSpoilTheBytesBeforeIt() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.LLAMA2.json());

    assertThat(
            streamed(
                tokenizer, TEXT, "<0xF0>", "<0x9F>", "<0x98>", "<0x80>", "<0xE2>", "<0x80>",
                "<0x41>", "<0xFF>"))
        .containsExactly("", "", "", "\uD83D\uDE00", "", "", "\uFFFDA", "\uFFFD", "");
  }

  @Test
  void continuationKeepsItsLeadingSpace() throws Exception {
    for (SamplePipeline pipeline :
        List.of(SamplePipeline.LLAMA2, SamplePipeline.MISTRAL_V3, SamplePipeline.GEMMA)) {
      Tokenizer tokenizer = Tokenizer.fromJson(pipeline.json());

      assertThat(streamed(tokenizer, TEXT, "▁a", "▁a")).as("%s", pipeline).startsWith("a", " a");
      assertThat(streamed(tokenizer, CONTINUATION, "▁a", "▁a"))
          .as("%s", pipeline)
          .startsWith(" a", " a");
    }
  }

  @Test
  void continuationWithoutADecoderStartsWithTheSeparator() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.NO_PIPELINE.json());

    assertThat(streamed(tokenizer, TEXT, "a", "b")).startsWith("a", " b");
    assertThat(streamed(tokenizer, CONTINUATION, "a", "b")).startsWith(" a", " b");
  }

  @ParameterizedTest
  @EnumSource
  void textAndContinuationJoinToTheWholeText(SamplePipeline pipeline) throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(pipeline.json());

    for (String text : List.of("Once upon a time", " two  spaces", "a b", "é\n x")) {
      int[] ids = tokenizer.encode(text);
      for (int cut = 1; cut < ids.length; cut++) {
        String start = tokenizer.decode(Arrays.copyOf(ids, cut));
        if (start.endsWith("\uFFFD")) {
          continue; // the cut is inside a character
        }
        TokenDecoder continuation = tokenizer.decoder(CONTINUATION);
        StringBuilder rest = new StringBuilder();
        for (int id : Arrays.copyOfRange(ids, cut, ids.length)) {
          rest.append(continuation.accept(id));
        }
        rest.append(continuation.finish());
        assertThat(start + rest).isEqualTo(tokenizer.decode(ids));
      }
    }
  }

  @Test
  void perTokenStripIsTheSameInAContinuation() {
    StringBuilder text = new StringBuilder();
    Decoder.Strip strip = new Decoder.Strip('_', 1, 0);
    DecodingStage stage = strip.stage(sink(text), StreamStart.TOKEN);

    stage.text("_a");
    stage.endToken();

    assertThat(text).hasToString("a");
  }

  @Test
  void controlTokensHaveNoTextUnlessShown() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.LLAMA2.json());

    assertThat(streamed(tokenizer, new DecodingOptions(true, false), "<s>", "▁a", "</s>", "<unk>"))
        .containsExactly("", " a", "", "", "");
    assertThat(streamed(tokenizer, new DecodingOptions(true, true), "<s>", "▁a", "</s>"))
        .containsExactly("<s>", " a", "</s>", "");
  }

  @Test
  void plainAddedTokensAreText() throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(SamplePipeline.SMOLLM.json());

    assertThat(streamed(tokenizer, new DecodingOptions(false, false), "snake", "<|endoftext|>"))
        .containsExactly("snake", "", "");
  }

  /** What each token completes, and what the end does. */
  private static List<String> streamed(
      Tokenizer tokenizer, DecodingOptions options, String... tokens) {
    TokenDecoder decoder = tokenizer.decoder(options);
    List<String> parts = new ArrayList<>();
    for (String token : tokens) {
      parts.add(decoder.accept(tokenizer.id(token).orElseThrow()));
    }
    parts.add(decoder.finish());
    return parts;
  }

  @Test
  void stripRemovesCharactersFromBothEndsOfEachToken() {
    StringBuilder text = new StringBuilder();
    Decoder.Strip strip = new Decoder.Strip('_', 1, 2);
    DecodingStage stage =
        new Decoder.Chain(List.of(strip, new Decoder.Spaced())).stage(sink(text), StreamStart.TEXT);

    for (String token : List.of("__a_b____", "___", "_", "", "c_")) {
      token.chars().forEach(c -> stage.text(Character.toString(c)));
      stage.endToken();
    }
    stage.end();

    assertThat(text).hasToString("_a_b__    c");
  }

  private static DecodingStage sink(StringBuilder text) {
    return new DecodingStage() {
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
