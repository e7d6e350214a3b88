package dev.mor4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.regex.MatchResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OnigurumaRegexTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\\s+ | ` \u00A0\u3000` | ` \u00A0\u3000`",
        "[^\\s]+ | `\u00A0é ` | é",
        "\\d+ | ٣4x | ٣4",
        "[\\w]+ | -é_١- | é_١",
        "\\W | éß-x | -",
        "(?i:'S) | x'\u017F | '\u017F",
        "(?i)straße | STRAßE | STRAßE",
        "\\p{Han}+ | a漢字b | 漢字",
        "\\p{^L} | ab1 | 1",
        "\\P{L} | ab1 | 1",
        "a.c | `a\rc` | `a\rc`",
        "[&^#]+ | a^&#b | ^&#",
        "x{1,3} | xxxx | xxx",
        "a++b | aab | aab",
        "]} | a]}b | ]}",
        "\\x41\\.\\- | A.- | A.-"
      })
  void matchesWhatOnigurumaMatches(String regex, String text, String match) throws Exception {
    assertThat(OnigurumaRegex.compile(regex, "here").matcher(text).results())
        .first()
        .extracting(MatchResult::group)
        .isEqualTo(match);
  }

  @Test
  void anchorsAreThoseOfLines() throws Exception {
    assertThat(OnigurumaRegex.compile("^a$", "here").matcher("b\na\nb").find()).isTrue();
    assertThat(OnigurumaRegex.compile("^a$", "here").matcher("b\ra\rb").find()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a(?i)b",
        "(?m:a)",
        "(?<name>a)",
        "\\1",
        "\\b",
        "\\h",
        "\\v",
        "\\R",
        "\\X",
        "\\G",
        "\\k<n>",
        "[[:alpha:]]",
        "[a[b]]",
        "[a&&b]",
        "[]",
        "[a",
        "\\p{Alpha}",
        "\\pL",
        "\\",
        "a{2}?",
        "a{1,2}+",
        "{",
        "a{,3}",
        "a{2}{3}",
        "a+{2}",
        "(?:a){2}{3}",
        "(a",
        "a)",
        "*",
        "[z-a]"
      })
  void refusesWhatHasAnotherMeaningInJava(String regex) {
    assertThatThrownBy(() -> OnigurumaRegex.compile(regex, "here"))
        .isInstanceOf(UnsupportedTokenizerException.class)
        .hasMessageStartingWith("tokenizer.json: here: expected ");
  }
}
