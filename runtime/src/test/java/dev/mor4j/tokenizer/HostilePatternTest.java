package dev.mor4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Regular expressions of untrusted files cannot overflow the stack or run without end. */
@Timeout(120)
class HostilePatternTest {
  private static final String LONG_TEXT = "ab".repeat(200_000);

  private static String json(String regex) {
    return SampleTokenizer.byteLevel()
        .preTokenizer(SamplePipeline.split(regex))
        .decoder(SamplePipeline.BYTE_DECODER)
        .json();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a|b)*",
        "(?:a|b)+",
        "(?:ab)*?",
        "(?>(?:a|b)+)",
        "(?=(a|b)*c)a",
        "(?:a|b){2,}",
        "(?:a|b){0,9999}",
        "((a|b){0,50}){0,50}"
      })
  void refusesGroupsThatRepeatWithoutLimit(String regex) {
    assertThatThrownBy(() -> Tokenizer.fromJson(json(regex)))
        .isInstanceOf(UnsupportedTokenizerException.class)
        .hasMessageStartingWith(
            "tokenizer.json: pre_tokenizer.pretokenizers[0].pattern.Regex: expected ")
        .hasMessageContaining(MessageText.quote(regex));
  }

  @Test
  void refusesGroupsThatNestTooDeep() {
    String regex = "(".repeat(100_000) + "a" + ")".repeat(100_000);

    assertThatThrownBy(() -> Tokenizer.fromJson(json(regex)))
        .isInstanceOf(UnsupportedTokenizerException.class)
        .hasMessageContaining("expected groups nested up to 50 deep, found \"((((");
  }

  @Test
  void refusesExpressionsOfTooManyElements() {
    assertThatThrownBy(() -> Tokenizer.fromJson(json("a?".repeat(100_000))))
        .isInstanceOf(UnsupportedTokenizerException.class)
        .hasMessageContaining("expected a regular expression of up to 2000 elements");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?:a|b)++",
        "(?>a|b)",
        "(?:(?:a|b){1,20}){1,20}",
        "[ab]+",
        "(?i:ab)?",
        "\\s+(?!\\S)|[^a]*b",
        "(?:a|b){3}"
      })
  void encodesLongTextsWithLimitedRepetition(String regex) throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(json(regex));

    assertThat(tokenizer.decode(tokenizer.encode(LONG_TEXT))).isEqualTo(LONG_TEXT);
  }

  @Test
  void theLargestExpressionFitsASmallStack() throws Exception {
    Tokenizer tokenizer =
        Tokenizer.fromJson(json("(?:(?:a|b){1,7}){1,40}|" + "(?:a|c)?".repeat(100)));
    Throwable[] failure = new Throwable[1];

    Thread thread = new Thread(null, () -> tokenizer.encode(LONG_TEXT), "small-stack", 512 << 10);
    thread.setUncaughtExceptionHandler((t, thrown) -> failure[0] = thrown);
    thread.start();
    thread.join();

    assertThat(failure[0]).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a*a*a*a*a*a*c", "(?:a|a?){1,20}(?:a|a?){1,20}c"})
  void patternsThatBacktrackWithoutEndFail(String regex) throws Exception {
    Tokenizer tokenizer = Tokenizer.fromJson(json(regex));

    assertThatThrownBy(() -> tokenizer.encode("a".repeat(5_000)))
        .isInstanceOf(TokenizationException.class)
        .hasMessageStartingWith(
            "tokenizer.json: pre_tokenizer.pretokenizers[0].pattern.Regex: the regular expression "
                + MessageText.quote(regex)
                + " takes more than ");
  }

  @Test
  void aNormalizersPatternIsLimitedToo() throws Exception {
    Tokenizer tokenizer =
        Tokenizer.fromJson(
            SampleTokenizer.byteLevel()
                .normalizer("{'type':'Replace','pattern':{'Regex':'a*a*a*a*c'},'content':'x'}")
                .decoder(SamplePipeline.BYTE_DECODER)
                .json());

    assertThatThrownBy(() -> tokenizer.encode("a".repeat(5_000)))
        .isInstanceOf(TokenizationException.class)
        .hasMessageStartingWith("tokenizer.json: normalizer.pattern.Regex: ");
  }

  @Test
  void refusesPipelinesOfTooManyComponents() {
    String split = SamplePipeline.splitPart("String", "a", "Isolated", false);
    String strip = "{'type':'Strip','content':'a','start':0,'stop':0}";
    String normalizer = "{'type':'NFC'}";
    String flat = ",%s".repeat(50_000).substring(1);

    assertRefused(
        SampleTokenizer.byteLevel()
            .preTokenizer(
                "{'type':'Sequence','pretokenizers':[" + flat.replace("%s", split) + "]}"));
    assertRefused(
        SampleTokenizer.byteLevel()
            .decoder("{'type':'Sequence','decoders':[" + flat.replace("%s", strip) + "]}"));
    assertRefused(
        SampleTokenizer.byteLevel()
            .normalizer(
                "{'type':'Sequence','normalizers':[".repeat(300) + normalizer + "]}".repeat(300)));
  }

  private static void assertRefused(SampleTokenizer tokenizer) {
    assertThatThrownBy(() -> Tokenizer.fromJson(tokenizer.json()))
        .isInstanceOf(UnsupportedTokenizerException.class)
        .hasMessageContaining(": expected up to 200 components in all, found an object");
  }

  @Test
  void messagesEscapeControlCharacters() {
    assertThatThrownBy(() -> Tokenizer.fromJson(json("(\u001b[31m\u202e|b)*")))
        .hasMessageContaining("(\\u{1b}[31m\\u{202e}|b)*");
  }
}
