package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Text files as Windows tools write them mean the same as others, in every command. */
class TextFilesTest {
  private static final String BYTE_ORDER_MARK = "\uFEFF";
  private static final String STORY = "Once upon a time there was a frog. ".repeat(14);

  @TempDir private Path folder;

  private String file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content).toString();
  }

  /** As Windows tools write it: CRLF line ends, a byte order mark first. */
  private String windowsFile(String name, String content) throws IOException {
    return file(name, BYTE_ORDER_MARK + content.replace("\n", "\r\n"));
  }

  private static String corpus(String separator) {
    return String.join("\n" + separator + "\n", Collections.nCopies(3, STORY)) + "\n";
  }

  private static String perplexity(String file) {
    return CommandRun.of("perplexity", "-f", file, "-c", "64").out().lines().findFirst().orElse("");
  }

  @Test
  void findsDocumentsInACorpusWithWindowsLineEnds() throws IOException {
    String unix = perplexity(file("lf.txt", corpus("<|endoftext|>")));

    assertThat(unix).isNotEmpty();
    assertThat(perplexity(windowsFile("crlf.txt", corpus("<|endoftext|>")))).isEqualTo(unix);
    assertThat(perplexity(file("space.txt", corpus("<|endoftext|> \t")))).isEqualTo(unix);
  }

  @Test
  void readsAPromptFile() throws IOException {
    String prompt = "Once upon a time\n\nthere was\n";
    String[] tokenize = {"tokenize", "--ids", "-f"};

    CommandRun unix = CommandRun.of(tokenize[0], tokenize[1], tokenize[2], file("lf", prompt));
    CommandRun windows =
        CommandRun.of(tokenize[0], tokenize[1], tokenize[2], windowsFile("crlf", prompt));
    CommandRun piped =
        CommandRun.withInput(
            BYTE_ORDER_MARK + prompt.replace("\n", "\r\n"), tokenize[0], tokenize[1]);

    assertThat(unix.exitCode()).isZero();
    assertThat(windows.out()).isEqualTo(unix.out());
    assertThat(piped.out()).isEqualTo(unix.out());
  }

  @Test
  void readsPromptsOneALine() throws IOException {
    String prompts = "Once upon a time\n\nThe little frog\n";

    CommandRun unix = parallel(file("lf.txt", prompts));
    CommandRun windows = parallel(windowsFile("crlf.txt", prompts));

    assertThat(unix.exitCode()).isZero();
    assertThat(windows.out()).isEqualTo(unix.out());
  }

  @Test
  void readsJsonLines() throws IOException {
    String prompts =
        "{\"prompt\": \"Once upon a time\", \"id\": 1}\n{\"prompt\": \"a\\r\\nb\", \"id\": 2}\n";

    CommandRun unix = parallel(file("lf.jsonl", prompts));
    CommandRun windows = parallel(windowsFile("crlf.jsonl", prompts));

    assertThat(unix.exitCode()).isZero();
    assertThat(unix.out()).contains("a\\r\\nb");
    assertThat(windows.out()).isEqualTo(unix.out());
  }

  private static CommandRun parallel(String file) {
    return CommandRun.of("run", "--parallel", "2", "-f", file, "-n", "4", "--temp", "0", "-s", "1");
  }

  @Test
  void readsTextsToEmbed() throws IOException {
    String texts = "one frog\n\ntwo frogs\n";

    CommandRun unix = CommandRun.of("embed", "-f", file("lf.txt", texts));
    CommandRun windows = CommandRun.of("embed", "-f", windowsFile("crlf.txt", texts));

    assertThat(unix.exitCode()).isZero();
    assertThat(windows.out()).isEqualTo(unix.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\n\n", "a\r\n\r\n"})
  void leavesOutOneLineEndOnly(String text) throws IOException {
    CommandRun kept = CommandRun.of("tokenize", "--ids", "-f", file("two.txt", text));
    CommandRun same = CommandRun.of("tokenize", "--ids", "-p", "a\n");

    assertThat(kept.out()).isEqualTo(same.out());
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\u0085", "a\u2028", "a\u000B", "a\f", "a\r"})
  void keepsOtherCharactersAtTheEnd(String text) throws IOException {
    CommandRun kept = CommandRun.of("tokenize", "--ids", "-f", file("end.txt", text));
    CommandRun same = CommandRun.of("tokenize", "--ids", "-p", text);

    assertThat(kept.out()).isEqualTo(same.out());
  }

  @Test
  void namesTheFirstInvalidByte() throws IOException {
    byte[] bytes = "abc\u00E9".getBytes(StandardCharsets.ISO_8859_1);
    Path latin = Files.write(folder.resolve("latin.txt"), bytes);

    CommandRun run = CommandRun.of("tokenize", "-f", latin.toString());

    assertThat(run.exitCode()).isEqualTo(1);
    assertThat(run.err()).isEqualTo("mor: " + latin + ": invalid UTF-8 at byte 3\n");
  }

  @Test
  void explainsUtf16() throws IOException {
    Path file =
        Files.write(folder.resolve("utf16.txt"), "\uFEFFabc".getBytes(StandardCharsets.UTF_16LE));

    CommandRun run = CommandRun.of("tokenize", "-f", file.toString());

    assertThat(run.err())
        .isEqualTo(
            "mor: " + file + ": invalid UTF-8 at byte 0: the file is UTF-16, save it as UTF-8\n");
  }
}
