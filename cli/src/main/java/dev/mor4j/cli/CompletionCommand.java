package dev.mor4j.cli;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** The command {@code completion}: prints a completion script for shells. */
@Command(
    name = "completion",
    description = {
      "Prints a completion script for bash and zsh.",
      "",
      "To enable completion in the current shell: source <(mor completion)",
      ""
    })
final class CompletionCommand implements Callable<Integer> {
  @ParentCommand private @Nullable CommandContext root;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    CommandLine mor = Objects.requireNonNull(spec.parent()).commandLine();
    Objects.requireNonNull(root).streams().out().print(AutoComplete.bash("mor", mor));
    return ExitCodes.DONE;
  }
}
