package dev.mor4j.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StopMatcherTest {

  @Test
  void returnsTextAtOnceWithoutStopStrings() {
    StopMatcher matcher = new StopMatcher(List.of());

    assertThat(matcher.accept("some text")).isEqualTo("some text");
    assertThat(matcher.finish()).isEmpty();
  }

  @Test
  void holdsBackOnlyWhatMayBecomeAStopString() {
    StopMatcher matcher = new StopMatcher(List.of("\n\nUser:"));

    assertThat(matcher.accept("yes.\n")).isEqualTo("yes.");
    assertThat(matcher.accept("\nUs")).isEmpty();
    assertThat(matcher.accept("ual\n")).isEqualTo("\n\nUsual");
    assertThat(matcher.finish()).isEqualTo("\n");
    assertThat(matcher.isMatched()).isFalse();
  }

  @Test
  void endsTheTextBeforeTheStopString() {
    StopMatcher matcher = new StopMatcher(List.of("END"));

    assertThat(matcher.accept("the E")).isEqualTo("the ");
    assertThat(matcher.accept("ND and more")).isEmpty();
    assertThat(matcher.isMatched()).isTrue();
    assertThat(matcher.accept("still more")).isEmpty();
    assertThat(matcher.finish()).isEmpty();
  }

  @Test
  void findsAStopStringAfterItsOwnPrefix() {
    StopMatcher matcher = new StopMatcher(List.of("aab"));

    assertThat(matcher.accept("aa")).isEmpty();
    assertThat(matcher.accept("aab")).isEqualTo("aa");
    assertThat(matcher.isMatched()).isTrue();
  }

  @Test
  void theStopStringCompletedFirstCounts() {
    assertThat(new StopMatcher(List.of("abcd", "bc")).accept("xabcd")).isEqualTo("xa");
    assertThat(new StopMatcher(List.of("c", "abc")).accept("xabcd")).isEqualTo("x");
  }

  @Test
  void equalsASearchOfTheWholeTextForAnySplit() {
    int matches = 0;
    for (long seed = 1; seed <= 3000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      List<String> stops = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        stops.add(text(random, 1 + random.nextInt(5)));
      }
      String whole = text(random, random.nextInt(30));
      StopMatcher matcher = new StopMatcher(stops);

      StringBuilder out = new StringBuilder();
      for (int at = 0; at < whole.length(); ) {
        int end = Math.min(whole.length(), at + random.nextInt(6));
        out.append(matcher.accept(whole.substring(at, end)));
        assertThat(whole).as("seed %d", seed).startsWith(out);
        at = end;
      }
      out.append(matcher.finish());

      int stop = firstStop(whole, stops);
      assertThat(matcher.isMatched()).as("seed %d", seed).isEqualTo(stop >= 0);
      assertThat(out.toString())
          .as("seed %d", seed)
          .isEqualTo(stop >= 0 ? whole.substring(0, stop) : whole);
      matches += stop >= 0 ? 1 : 0;
    }
    assertThat(matches).isBetween(500, 2500); // both outcomes were seen
  }

  /** The start of the stop string that is completed first. */
  private static int firstStop(String text, List<String> stops) {
    for (int end = 1; end <= text.length(); end++) {
      String before = text.substring(0, end);
      int longest =
          stops.stream().filter(before::endsWith).mapToInt(String::length).max().orElse(0);
      if (longest > 0) {
        return end - longest;
      }
    }
    return -1;
  }

  private static String text(SplittableRandom random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(3)));
    }
    return text.toString();
  }
}
