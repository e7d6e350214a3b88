package dev.mor4j.tests.api;

import static dev.mor4j.tests.fixtures.SentencePieceLlama.BARE_WORLD;
import static dev.mor4j.tests.fixtures.SentencePieceLlama.EOS;
import static dev.mor4j.tests.fixtures.SentencePieceLlama.FIRST_CONTROL;
import static dev.mor4j.tests.fixtures.SentencePieceLlama.HELLO;
import static dev.mor4j.tests.fixtures.SentencePieceLlama.WORLD;
import static dev.mor4j.tests.fixtures.SentencePieceLlama.byteToken;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.Token;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.model.MetadataKeys;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.SentencePieceLlama;
import dev.mor4j.tests.fixtures.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The text of generated tokens, and which of them end it. Tokens are forced by a filter. */
@Timeout(60)
class GeneratedTextTest {
  private static final int A_BYTE = byteToken('A');
  private static final int LINE_FEED = byteToken('\n');

  private @TempDir Path folder;

  @Test
  void theFirstGeneratedWordKeepsItsSpace() throws IOException {
    Answer answer = answer(SentencePieceLlama.of(), prompt("Hello"), WORLD, WORLD, BARE_WORLD);

    assertThat(texts(answer)).containsExactly(" world", " world", "world");
  }

  @Test
  void theFirstWordOfATextHasNoSpaceBeforeIt() throws IOException {
    Answer afterBos =
        answer(SentencePieceLlama.of(), GenerationRequest.builder().promptTokens(1), HELLO, WORLD);

    assertThat(texts(afterBos)).containsExactly("Hello", " world");
  }

  @Test
  void byteTokensAreTextAtOnce() throws IOException {
    int[] emoji = {byteToken(0xF0), byteToken(0x9F), byteToken(0x98), byteToken(0x80)};

    Answer answer =
        answer(
            SentencePieceLlama.of(),
            prompt("Hello"),
            LINE_FEED,
            emoji[0],
            emoji[1],
            emoji[2],
            emoji[3],
            emoji[0]);

    assertThat(texts(answer)).containsExactly("\n", "", "", "", "\uD83D\uDE00", "\uFFFD");
  }

  @Test
  void onlyBrokenBytesAreReplaced() throws IOException {
    Answer answer =
        answer(SentencePieceLlama.of(), prompt("Hello"), byteToken(0xE2), byteToken(0x80), A_BYTE);

    assertThat(texts(answer)).containsExactly("", "", "\uFFFDA");
  }

  @Test
  void aByteTokenCompletesAStopString() throws IOException {
    Answer answer =
        answer(SentencePieceLlama.of(), prompt("Hello").stop("\n"), WORLD, LINE_FEED, WORLD);

    assertThat(texts(answer)).containsExactly(" world", "");
    assertThat(answer.reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void textThatTheEndCompletesIsSearchedForStopStrings() throws IOException {
    Answer atLimit =
        answer(SentencePieceLlama.of(), prompt("Hello").stop("\uFFFD"), WORLD, byteToken(0xE2));
    Answer atEnd =
        answer(
            SentencePieceLlama.of(), prompt("Hello").stop("\uFFFD"), WORLD, byteToken(0xE2), EOS);

    assertThat(atLimit.text()).isEqualTo(" world");
    assertThat(atLimit.reason()).isEqualTo(FinishReason.STOP);
    assertThat(atEnd.text()).isEqualTo(" world");
    assertThat(atEnd.reason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void controlTokensHaveNoTextUnlessTheRequestShowsThem() throws IOException {
    TinyModel model = SentencePieceLlama.of("<|tool|>");

    Answer hidden = answer(model, prompt("Hello"), FIRST_CONTROL, WORLD);
    Answer shown = answer(model, prompt("Hello").showControlTokens(), FIRST_CONTROL, WORLD);

    assertThat(texts(hidden)).containsExactly("", " world");
    assertThat(texts(shown)).containsExactly("<|tool|>", " world");
  }

  @Test
  void anEndTokenOfEachKindEndsTheText() throws IOException {
    TinyModel bySpelling = SentencePieceLlama.of("<|im_end|>");
    TinyModel byTurn = SentencePieceLlama.of("<x>");
    byTurn.metadata().put(MetadataKeys.EOT_TOKEN_ID, GgufValue.uint32(FIRST_CONTROL));
    TinyModel byMessage = SentencePieceLlama.of("<x>");
    byMessage.metadata().put(MetadataKeys.EOM_TOKEN_ID, GgufValue.uint32(FIRST_CONTROL));
    TinyModel byList = SentencePieceLlama.of("<x>");
    byList
        .metadata()
        .put(MetadataKeys.END_TOKEN_IDS, GgufValue.int32s(new int[] {EOS, FIRST_CONTROL}));

    for (TinyModel model : List.of(bySpelling, byTurn, byMessage, byList)) {
      Answer answer = answer(model, prompt("Hello"), WORLD, FIRST_CONTROL, WORLD);

      assertThat(texts(answer)).containsExactly(" world");
      assertThat(answer.reason()).isEqualTo(FinishReason.END_OF_TEXT);
      assertThat(answer.statistics().generatedTokens()).isEqualTo(1);
    }
  }

  @Test
  void theModelListsItsEndTokens() throws IOException {
    TinyModel tiny = SentencePieceLlama.of("<|im_end|>", "<|tool|>", "<|eom_id|>");

    try (Model model = Model.load(tiny.write(folder.resolve("ends.gguf")))) {
      assertThat(model.endTokens()).containsExactly(EOS, FIRST_CONTROL, FIRST_CONTROL + 2);
      assertThat(model.endOfText()).hasValue(EOS);
    }
  }

  @Test
  void textGoesOnAfterIgnoredEndTokens() throws IOException {
    Answer answer =
        answer(
            SentencePieceLlama.of("<|im_end|>"),
            prompt("Hello").ignoreEndOfText(),
            FIRST_CONTROL,
            EOS,
            WORLD);

    assertThat(texts(answer)).containsExactly("", "", " world");
    assertThat(answer.reason()).isEqualTo(FinishReason.LENGTH);
  }

  private static GenerationRequest.Builder prompt(String text) {
    return GenerationRequest.builder().prompt(text);
  }

  private static List<String> texts(Answer answer) {
    return answer.tokens().stream().map(Token::text).toList();
  }

  /** The answer of a model that is forced to generate the given tokens. */
  private Answer answer(TinyModel model, GenerationRequest.Builder request, int... tokens)
      throws IOException {
    Path file = model.write(folder.resolve("forced-" + Arrays.hashCode(tokens) + ".gguf"));
    GenerationRequest forced =
        request
            .maxTokens(tokens.length)
            .tokenFilter(
                () ->
                    (written, allowed) -> {
                      allowed.clear();
                      allowed.set(tokens[written.size()]);
                    })
            .build();
    try (OpenEngine open = OpenEngine.of(file)) {
      return Answer.to(forced, open.engine());
    }
  }
}
