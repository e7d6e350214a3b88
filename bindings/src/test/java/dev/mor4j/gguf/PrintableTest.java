package dev.mor4j.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {

  @ParameterizedTest
  @CsvSource({
    "0000",
    "0007",
    "0008",
    "001b",
    "007f",
    "0080",
    "009b",
    "009f", // C0, DEL, C1
    "2028",
    "2029", // separators
    "061c",
    "200e",
    "200f",
    "202a",
    "202e",
    "2066",
    "2069", // direction
    "d800",
    "dbff",
    "dc00",
    "dfff" // lone surrogates
  })
  void escapesByCodeUnit(String hex) {
    char unit = (char) Integer.parseInt(hex, 16);

    assertThat(Printable.oneLine("a" + unit + "b")).isEqualTo("a\\u" + hex + "b");
    assertThat(Printable.oneLine(unit + "b")).isEqualTo("\\u" + hex + "b");
    assertThat(Printable.oneLine("a" + unit)).isEqualTo("a\\u" + hex);
  }

  @Test
  void escapesLineBreaksAndTabsByLetter() {
    assertThat(Printable.oneLine("a\nb\rc\td")).isEqualTo("a\\nb\\rc\\td");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "blk.0.attn_q.weight", "größe", "模型", "😀", "a\\b", "\u00a0", "\u2027"})
  void keepsOtherText(String text) {
    assertThat(Printable.oneLine(text)).isSameAs(text);
  }

  @Test
  void escapesAPairInTheWrongOrder() {
    assertThat(Printable.oneLine("\ude00\ud83d")).isEqualTo("\\ude00\\ud83d");
  }

  @Test
  void shortensQuotedTextBetweenCharacters() {
    assertThat(Printable.quoted("a".repeat(71) + "😀b"))
        .isEqualTo("\"" + "a".repeat(71) + "\"... (74 chars)");
    assertThat(Printable.quoted("a\nb")).isEqualTo("\"a\\nb\"");
  }
}
