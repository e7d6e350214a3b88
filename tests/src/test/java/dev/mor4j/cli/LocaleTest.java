package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No command depends on the default locale: all print and write digits 0 to 9. */
class LocaleTest {
  /** A locale whose digits are not 0 to 9. */
  private static final Locale PERSIAN = Locale.forLanguageTag("fa");

  private final Locale usual = Locale.getDefault();

  @TempDir private Path folder;
  private Path text = Path.of("");
  private Path prompts = Path.of("");

  @BeforeEach
  void writeTexts() throws IOException {
    text =
        Files.writeString(
            folder.resolve("text.txt"),
            "One day, a girl named Rose saw a big red ball. ".repeat(9));
    prompts = Files.writeString(folder.resolve("prompts.txt"), "Tom\nRose\nMilo\n");
  }

  @AfterEach
  void restoreLocale() {
    Locale.setDefault(usual);
  }

  private static CommandRun run(Locale locale, String... args) {
    Locale.setDefault(locale);
    return CommandRun.of(args);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fa", "ar-EG", "bn", "my"})
  void printsDigitsFromZeroToNine(String tag) {
    Locale locale = Locale.forLanguageTag(tag);
    assertThat(String.format(locale, "%d", 7))
        .as("a locale with digits of its own")
        .isNotEqualTo("7");
    String model = Models.demo().toString();
    String file = text.toString();

    List<CommandRun> runs = new ArrayList<>();
    runs.add(run(locale, "inspect", model));
    runs.add(run(locale, "inspect", "--json", model));
    runs.add(run(locale, "tokenize", "-m", model, "-p", "Once upon a time"));
    runs.add(run(locale, "run", "-p", "Once", "-n", "3", "--temp", "0"));
    runs.add(run(locale, "embed", "-p", "Once"));
    runs.add(run(locale, "perplexity", "-c", "16", "-f", file));
    runs.add(run(locale, "perplexity", "-c", "16", "-f", file, "--json"));
    runs.add(run(locale, "imatrix", "-c", "16", "-f", file, "-o", folder + "/matrix.gguf"));
    runs.add(run(locale, "quantize", model, folder + "/small.gguf", "Q4_0", "--allow-requantize"));
    runs.add(run(locale, "logits", "--tokens", "0,1,2", "-o", folder + "/logits.safetensors"));
    runs.add(run(locale, "random", folder + "/random.gguf"));
    runs.add(run(locale, "devices"));
    runs.add(run(locale, "perplexity", "-c", "3", "-f", file));
    runs.add(run(locale, "run", "-p", "Once", "-n", "-7"));
    runs.add(run(locale, "run", "-p", "Once", "--routing", "fixed:9"));

    for (CommandRun run : runs) {
      assertThat((run.out() + run.err()).chars().filter(Character::isDigit).filter(c -> c > '9'))
          .as(run.toString())
          .isEmpty();
    }
  }

  @Test
  void continuesAResultsFileOfAnotherLocale() throws IOException {
    Path whole = folder.resolve("whole.jsonl");
    Path cut = folder.resolve("cut.jsonl");
    assertThat(parallel(Locale.ROOT, whole).exitCode()).isZero();
    byte[] bytes = Files.readAllBytes(whole);
    Files.write(cut, Arrays.copyOf(bytes, bytes.length - 20));

    CommandRun run = parallel(PERSIAN, cut);

    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(cut).hasBinaryContent(bytes);
  }

  private CommandRun parallel(Locale locale, Path results) {
    return run(
        locale,
        "run",
        "--parallel",
        "2",
        "-f",
        prompts.toString(),
        "-n",
        "4",
        "--temp",
        "0",
        "-s",
        "1",
        "-o",
        results.toString());
  }
}
