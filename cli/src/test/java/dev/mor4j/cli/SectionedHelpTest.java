package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.cli.run.RunCommand;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class SectionedHelpTest {

  @Test
  void optionsStandUnderTheHeadingOfTheirFlags() {
    String help = commandLine(RunCommand.class).getUsageMessage();

    assertThat(help)
        .containsSubsequence(
            "--prompt=",
            "--show-depth",
            "\n\nBatches:\n",
            "--parallel=",
            "\n\nRecursion depth:\n",
            "--routing=",
            "\n\nSampling:\n",
            "--temp=",
            "\n\nCompute:\n",
            "--ctx-size=",
            "--threads=",
            "--cache-type-k=",
            "--device=");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void everyOptionStandsThereOnce(Class<?> command) {
    CommandLine line = commandLine(command);
    String help = line.getUsageMessage();

    for (OptionSpec option : line.getCommandSpec().options()) {
      String name = Pattern.quote(option.longestName());
      assertThat(
              help.lines()
                  .filter(text -> text.matches("^ {2,6}(-\\S+, )*" + name + "(?![\\w-]).*")))
          .as(option.longestName())
          .hasSize(1);
    }
  }

  static List<Class<?>> commands() {
    return List.copyOf(Subcommands.all().values());
  }

  private static CommandLine commandLine(Class<?> command) {
    CommandLine line = new CommandLine(command).setHelpFactory(SectionedHelp::new);
    line.getCommandSpec().usageMessage().sortOptions(false);
    return line;
  }
}
