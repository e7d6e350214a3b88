package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The commands of the README work and print what it shows. */
class ReadmeTest {
  private static final Pattern COMMAND = Pattern.compile("(?m)^\\./mor run (.+)$");

  private final String readme = readme();

  private static String readme() {
    try {
      return Files.readString(Path.of(System.getProperty("mor4j.home"), "README.md"));
    } catch (IOException unreadable) {
      throw new java.io.UncheckedIOException(unreadable);
    }
  }

  /** The code block after the one that holds the two commands. */
  private List<String> shownOutput() {
    String[] blocks = readme.split("```", -1);
    for (int block = 1; block + 2 < blocks.length; block += 2) {
      if (COMMAND.matcher(blocks[block]).find()) {
        return blocks[block + 2].strip().lines().toList();
      }
    }
    throw new AssertionError("README.md has no block with ./mor run");
  }

  @Test
  void firstCommandWritesAStoryAndTheStatisticsShown() {
    Matcher command = COMMAND.matcher(readme);
    assertThat(command.find()).isTrue();
    String[] words =
        ("run " + command.group(1)).replace("\"Once upon a time\"", "@").split(" ", -1);
    for (int word = 0; word < words.length; word++) {
      words[word] = words[word].equals("@") ? "Once upon a time" : words[word];
    }

    CommandRun run = CommandRun.of(words);

    assertThat(run.exitCode()).isZero();
    assertThat(run.out()).startsWith("Once upon a time").hasSizeGreaterThan(200);
    List<String> shown = shownOutput();
    List<String> labels = labels(shown.subList(shown.indexOf("") + 1, shown.size()));
    assertThat(labels).contains("load time", "mean depth", "finished");
    assertThat(labels(run.err().strip().lines().toList())).isEqualTo(labels);
  }

  /** The label of each line, without the numbers, which depend on the machine. */
  private static List<String> labels(List<String> lines) {
    return lines.stream().map(line -> line.replaceAll("(?<=\\S) {2,}.*", "")).toList();
  }
}
