package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.cli.command.VersionText;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;

class SubcommandsTest {
  @Test
  void namesAreThoseOfTheCommandsThemselves() {
    assertThat(Subcommands.all())
        .allSatisfy(
            (name, type) -> assertThat(type.getAnnotation(Command.class).name()).isEqualTo(name));
  }

  /** Tests run on the class path, where a package that is not open does no harm. */
  @Test
  void everyPackageThatPicocliReflectsOnIsOpenToIt() {
    Set<String> open =
        ModuleFinder.of(
                Path.of(MorCli.class.getProtectionDomain().getCodeSource().getLocation().getPath()))
            .find("dev.mor4j.cli")
            .orElseThrow()
            .descriptor()
            .opens()
            .stream()
            .map(ModuleDescriptor.Opens::source)
            .collect(Collectors.toSet());

    assertThat(
            Stream.concat(
                    Stream.of(MorCli.class, VersionText.class),
                    Subcommands.all().values().stream()
                        .flatMap(command -> reflected(new CommandLine(command).getCommandSpec())))
                .map(Class::getPackageName)
                .filter(name -> name.startsWith("dev.mor4j")))
        .isNotEmpty()
        .isSubsetOf(open);
  }

  /** The classes of a command, its flags and the converters of its flags. */
  private static Stream<Class<?>> reflected(CommandSpec command) {
    return Stream.concat(
        Stream.of(command.userObject().getClass()),
        command.args().stream()
            .flatMap(
                argument ->
                    Stream.concat(
                        argument.userObject() instanceof Field field
                            ? Stream.of(field.getDeclaringClass())
                            : Stream.empty(),
                        Arrays.stream(argument.converters()).map(Object::getClass))));
  }

  @Test
  void helpFitsEightyColumnsAndExamplesOneLine() {
    assertThat(Subcommands.all().values().stream().filter(type -> type != HelpCommand.class))
        .allSatisfy(
            type -> {
              CommandLine command = new CommandLine(type).setHelpFactory(SectionedHelp::new);
              String help = command.getUsageMessage(CommandLine.Help.Ansi.OFF);
              assertThat(help.lines()).allMatch(line -> line.length() <= 80);
              assertThat(help.lines().toList())
                  .containsAll(List.of(command.getCommandSpec().usageMessage().footer()));
            });
  }

  @Test
  void aNamedCommandNeedsNoOther() {
    assertThat(Subcommands.neededFor("run", "-p", "bench")).containsOnlyKeys("run");
    assertThat(Subcommands.neededFor("--version")).isEmpty();
  }

  @Test
  void allCommandsAreShownWhereAnyMayBeMeant() {
    assertThat(Subcommands.neededFor()).isEqualTo(Subcommands.all());
    assertThat(Subcommands.neededFor("--help")).isEqualTo(Subcommands.all());
    assertThat(Subcommands.neededFor("help", "run")).isEqualTo(Subcommands.all());
    assertThat(Subcommands.neededFor("completion", "bash")).isEqualTo(Subcommands.all());
    assertThat(Subcommands.neededFor("--verbose", "run")).isEqualTo(Subcommands.all());
    assertThat(Subcommands.neededFor("runn")).isEqualTo(Subcommands.all());
  }
}
