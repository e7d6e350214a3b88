package dev.mor4j.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ShellWordsTest {
  @Test
  void quotesWhatAShellWouldChange() {
    assertThat(ShellWords.quoted(List.of("run", "-o", "a b.jsonl", "it's", "$HOME", "x-1.txt", "")))
        .isEqualTo("run -o 'a b.jsonl' 'it'\\''s' '$HOME' x-1.txt ''");
  }
}
