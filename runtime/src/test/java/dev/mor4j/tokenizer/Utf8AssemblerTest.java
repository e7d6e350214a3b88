package dev.mor4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Utf8AssemblerTest {

  // Bytes at the edges of what may begin or continue a character. Not ED, which may begin a
  // surrogate: the JDK replaces one by one character, Unicode and Rust by three.
  private static final int[] EDGES = {
    0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xEE,
    0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF
  };

  @Test
  void readsAnyBytesAsTheJdkDoes() {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 50_000; round++) {
      byte[] bytes = new byte[random.nextInt(1, 9)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) EDGES[random.nextInt(EDGES.length)];
      }
      StringBuilder text = new StringBuilder();
      Utf8Assembler assembler = new Utf8Assembler();

      for (byte b : bytes) {
        assembler.accept(new byte[] {b}, text);
      }
      assembler.finish(text);

      assertThat(text).hasToString(new String(bytes, StandardCharsets.UTF_8));
    }
  }

  @Test
  void replacesEachByteOfASurrogate() {
    StringBuilder text = new StringBuilder();

    new Utf8Assembler().accept(new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80, 'a'}, text);

    assertThat(text).hasToString("\uFFFD\uFFFD\uFFFDa");
  }

  @Test
  void readsTheLastCharacterBeforeTheSurrogates() {
    StringBuilder text = new StringBuilder();

    new Utf8Assembler().accept("\uD7FF".getBytes(StandardCharsets.UTF_8), text);

    assertThat(text).hasToString("\uD7FF");
  }
}
