package dev.mor4j.tokenizer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Texts for tokenizer tests: stories, handwritten edge cases, and random texts by seed. */
final class TestTexts {

  private static final String[] FRAGMENTS = {
    "Once upon a time",
    "the",
    " the",
    "Hello",
    "hello's",
    "I'LL",
    "don't",
    "we've",
    "'re",
    "'\u017F",
    " ",
    "  ",
    "   ",
    "\n",
    "\r\n",
    "\n\n",
    "\t",
    "\u00A0",
    "\u2003",
    "\u3000",
    "\u0085",
    "\u2028",
    "\u200B",
    "\uFEFF",
    "\u0000",
    "\u0007",
    "\u007F",
    "0",
    "42",
    "1234567",
    "3.14",
    "1,000",
    "\u00BD",
    "\u0663",
    "\u2167",
    "\u2463",
    "é",
    "e\u0301",
    "Å",
    "\u212B",
    "ﬁ",
    "ß",
    "İ",
    "Σίσυφος",
    "ςΣ",
    "日本語",
    "中文字符",
    "한국어",
    "ไทย",
    "हिन्दी",
    "\u05E9\u05DC\u05D5\u05DD",
    "العربية",
    "\uD83D\uDE00",
    "\uD83D\uDC68\u200D\uD83D\uDC69\u200D\uD83D\uDC67",
    "\uD83C\uDDE9\uD83C\uDDEA",
    "\uD835\uDD38",
    "<|endoftext|>",
    "<|endoftext",
    "|>",
    "<s>",
    "</s>",
    "<0x41>",
    "<unk>",
    "<mask>",
    "\u2581",
    "_",
    "...",
    "!?",
    "--",
    "\"",
    "(a)",
    "[b]",
    "{c}",
    "a_b",
    "snake_case",
    "x=1;",
    "http://a.b/c?d=e",
    "\uFFFD",
    "\u0301",
    "\u0301\u0302",
    "Ġ",
    "ĠĠ",
    "Ã©",
    "NASA",
    "iPhone",
    "ǅ",
    "ª",
    "\u1E9E"
  };

  // Ranges of characters that all Unicode tables in use have.
  private static final int[][] RANGES = {
    {0x00, 0x7F},
    {0x20, 0x7E},
    {0xA0, 0xFF},
    {0x100, 0x17F},
    {0x300, 0x33F},
    {0x391, 0x3A1},
    {0x410, 0x44F},
    {0x5D0, 0x5EA},
    {0x621, 0x63A},
    {0x905, 0x939},
    {0x2000, 0x2027},
    {0x3041, 0x3096},
    {0x4E00, 0x9FA5},
    {0xAC00, 0xD7A3},
    {0xE000, 0xE010},
    {0x1F600, 0x1F64F},
    {0x20000, 0x2A6D6}
  };

  private TestTexts() {}

  static String resource(String name) {
    try (InputStream in = Objects.requireNonNull(TestTexts.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Synthetic stories that no vocabulary was trained on, one string for each document. */
  static List<String> stories() {
    return List.of(resource("stories.txt").split("(?<=\n<\\|endoftext\\|>\n)"));
  }

  /** Strings of fragments and random characters, determined by the seed. */
  static List<String> random(long seed, int count) {
    SplittableRandom random = new SplittableRandom(seed);
    List<String> texts = new ArrayList<>(List.of("", " ", "\n", "a", "\u0000"));
    for (int i = 0; i < count; i++) {
      StringBuilder text = new StringBuilder();
      int parts = random.nextInt(1, 24);
      for (int part = 0; part < parts; part++) {
        if (random.nextInt(3) > 0) {
          text.append(FRAGMENTS[random.nextInt(FRAGMENTS.length)]);
        } else {
          int[] range = RANGES[random.nextInt(RANGES.length)];
          text.appendCodePoint(random.nextInt(range[0], range[1] + 1));
        }
      }
      texts.add(text.toString());
    }
    return texts;
  }

  /** Random ids: their bytes rarely form whole characters. */
  static List<int[]> randomIds(long seed, int count, int tokenCount) {
    SplittableRandom random = new SplittableRandom(seed);
    List<int[]> sequences = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sequences.add(random.ints(random.nextInt(1, 30), 0, tokenCount).toArray());
    }
    return sequences;
  }

  /**
   * The ids without runs of byte tokens that are not UTF-8: {@link ByteFallbackStage} replaces
   * those as Unicode recommends, and Hugging Face's decoder replaces each byte.
   */
  static int[] withoutBrokenBytes(Tokenizer tokenizer, int[] ids) {
    IntStream.Builder kept = IntStream.builder();
    for (int start = 0; start < ids.length; ) {
      int end = start;
      ByteArrayOutputStream run = new ByteArrayOutputStream();
      while (end < ids.length && isByte(tokenizer, ids[end])) {
        run.writeBytes(tokenizer.tokenBytes(ids[end++]));
      }
      boolean isText =
          Arrays.equals(
              run.toByteArray(),
              run.toString(StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8));
      end = Math.max(end, start + 1);
      if (isText) {
        Arrays.stream(ids, start, end).forEach(kept);
      }
      start = end;
    }
    return kept.build().toArray();
  }

  private static boolean isByte(Tokenizer tokenizer, int id) {
    return ByteFallbackStage.byteValue(tokenizer.token(id)) >= 0
        && tokenizer.tokenBytes(id).length == 1;
  }
}
