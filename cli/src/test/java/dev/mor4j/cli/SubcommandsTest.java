package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import picocli.CommandLine.Command;

class SubcommandsTest {
  @Test
  void namesAreThoseOfTheCommandsThemselves() {
    assertThat(Subcommands.all())
        .allSatisfy(
            (name, type) -> assertThat(type.getAnnotation(Command.class).name()).isEqualTo(name));
  }

  @Test
  void aNamedCommandNeedsNoOther() {
    assertThat(Subcommands.neededFor("run", "-p", "bench")).containsOnlyKeys("run");
    assertThat(Subcommands.neededFor("--version")).isEmpty();
  }

  @Test
  void whoeverSpeaksOfCommandsNeedsAll() {
    assertThat(Subcommands.neededFor()).isEqualTo(Subcommands.all());
    assertThat(Subcommands.neededFor("--help")).isEqualTo(Subcommands.all());
    assertThat(Subcommands.neededFor("help", "run")).isEqualTo(Subcommands.all());
    assertThat(Subcommands.neededFor("completion", "bash")).isEqualTo(Subcommands.all());
    assertThat(Subcommands.neededFor("--verbose", "run")).isEqualTo(Subcommands.all());
    assertThat(Subcommands.neededFor("runn")).isEqualTo(Subcommands.all());
  }
}
