package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.cli.command.ExitCodes;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RandomCommandTest {
  @TempDir private Path folder;

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void writesAModelThatRunsOnTokenIds() {
    CommandRun random =
        CommandRun.of(
            "random",
            "--shape",
            "135M",
            "--recursions",
            "2",
            "--outtype",
            "q4_0",
            "-o",
            path("model"));
    CommandRun logits =
        CommandRun.of("logits", "-m", path("model"), "--tokens", "1,2,49151", "-o", path("logits"));

    assertThat(random.exitCode()).isZero();
    assertThat(random.out()).isEmpty();
    assertThat(random.err()).contains("5.84 bits per weight");
    assertThat(logits).isEqualTo(new CommandRun(0, "", ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--shape 400m | expected one of 135m, 360m, 730m, 1.7b, found '400m'",
        "--shape 135m --recursions 0 | mor.recursion.count: expected 1..64, found 0",
        "--shape 135m --sharing none | mor.recursion.count: expected 1 without a sharing pattern",
        "--shape 135m --sharing sequence --router token_choice | cycle or middle_cycle",
        "--shape 135m --outtype Q9 | expected one of F32",
        "--shape 135m --threads 0 | --threads: expected 1..512, found 0"
      })
  void refusesInOneLine(String words, String message) {
    CommandRun run = CommandRun.of(("random -o " + path("none") + " " + words).split(" ", -1));

    assertThat(run.exitCode()).isEqualTo(ExitCodes.USAGE);
    assertThat(run.out()).isEmpty();
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.err()).startsWith("mor: ").contains(message);
    assertThat(folder).isEmptyDirectory();
  }
}
