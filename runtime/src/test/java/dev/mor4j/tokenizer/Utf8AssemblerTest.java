package dev.mor4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class Utf8AssemblerTest {
  // Bytes at the edges of what may start or continue a character.
  private static final int[] EDGES = {
    0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC,
    0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF
  };

  @Test
  void decodesAllStringsOfUpToThreeEdgeBytesAsTheJdk() throws Exception {
    int count = EDGES.length;
    for (int length = 0; length <= 3; length++) {
      int strings = (int) Math.pow(count, length);
      for (int number = 0; number < strings; number++) {
        byte[] bytes = new byte[length];
        for (int i = 0, rest = number; i < length; i++, rest /= count) {
          bytes[i] = (byte) EDGES[rest % count];
        }
        assertSameAsJdk(bytes, new SplittableRandom(number));
      }
    }
  }

  @Test
  void decodesRandomBytesInRandomSplitsAsTheJdk() throws Exception {
    for (long seed = 0; seed < 30_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] bytes = new byte[random.nextInt(1, 24)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] =
            (byte) (random.nextBoolean() ? EDGES[random.nextInt(EDGES.length)] : random.nextInt());
      }
      assertSameAsJdk(bytes, random);
    }
  }

  @Test
  void decodesTextWithBrokenBytesInRandomSplitsAsTheJdk() throws Exception {
    int[] samples = {'a', '\n', 0xE9, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0x10000, 0x10FFFF};
    for (long seed = 0; seed < 10_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(12); i >= 0; i--) {
        text.appendCodePoint(samples[random.nextInt(samples.length)]);
      }
      byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
      if (seed % 3 > 0) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      assertSameAsJdk(bytes, random);
    }
  }

  @Test
  void replacesAnIncompleteCharacterOnceAndKeepsTheByteThatEndsIt() {
    assertThat(decoded(new byte[] {(byte) 0xE2, (byte) 0x80, 0x41})).isEqualTo("\uFFFDA");
  }

  @Test
  void replacesEachByteOfASurrogate() {
    assertThat(decoded(new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80, 'a'}))
        .isEqualTo("\uFFFD\uFFFD\uFFFDa");
  }

  @Test
  void returnsACharacterWithItsLastByte() {
    Utf8Assembler assembler = new Utf8Assembler();
    StringBuilder text = new StringBuilder();

    assembler.accept(new byte[] {'a', (byte) 0xF0, (byte) 0x9F, (byte) 0x98}, text);
    assertThat(text).hasToString("a");
    assembler.accept(0x80, text);
    assertThat(text).hasToString("a\uD83D\uDE00");
  }

  @Test
  void canBeUsedAgainAfterFinish() {
    Utf8Assembler assembler = new Utf8Assembler();
    StringBuilder text = new StringBuilder();

    assembler.accept(0xE2, text);
    assembler.finish(text);
    assembler.finish(text);
    assembler.accept("é".getBytes(StandardCharsets.UTF_8), text);

    assertThat(text).hasToString("\uFFFDé");
  }

  private static String decoded(byte[] bytes) {
    Utf8Assembler assembler = new Utf8Assembler();
    StringBuilder text = new StringBuilder();
    assembler.accept(bytes, text);
    assembler.finish(text);
    return text.toString();
  }

  private static void assertSameAsJdk(byte[] bytes, SplittableRandom random)
      throws CharacterCodingException {
    Utf8Assembler assembler = new Utf8Assembler();
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < bytes.length; ) {
      int end = random.nextInt(at, bytes.length) + 1;
      assembler.accept(Arrays.copyOfRange(bytes, at, end), text);
      at = end;
    }
    assembler.finish(text);

    assertThat(text.toString()).as("%s", Arrays.toString(bytes)).isEqualTo(jdk(bytes));
  }

  /**
   * The JDK's decoding. It replaces the three bytes of an encoded surrogate once, where Unicode's
   * practice is one replacement for each, so the bytes are cut inside of these.
   */
  private static String jdk(byte[] bytes) throws CharacterCodingException {
    StringBuilder text = new StringBuilder();
    int start = 0;
    for (int i = 0; i < bytes.length; i++) {
      boolean isSurrogate =
          (bytes[i] & 0xFF) == 0xED && i + 1 < bytes.length && (bytes[i + 1] & 0xE0) == 0xA0;
      if (isSurrogate || i + 1 == bytes.length) {
        text.append(
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE)
                .decode(ByteBuffer.wrap(bytes, start, i + 1 - start)));
        start = i + 1;
      }
    }
    return text.toString();
  }
}
