package dev.mor4j.cli;

import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.command.SettingException;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.options.FlagNames;
import dev.mor4j.cli.terminal.OutputClosedException;
import dev.mor4j.model.InvalidConfigException;
import java.io.PrintWriter;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns a failure into one line and an exit code; prints the stack trace with --verbose only. */
final class FailureHandler implements IExecutionExceptionHandler, IParameterExceptionHandler {
  private final MorCli root;

  FailureHandler(MorCli root) {
    this.root = root;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine commandLine, ParseResult parsed) {
    if (failure instanceof RuntimeException
        && !(failure instanceof OutputClosedException)
        && !(failure instanceof UsageException)) {
      CommandSpec command = commandLine.getCommandSpec();
      return report(
          failure,
          FlagNames.addTo(FailureText.line(failure), flag -> command.findOption(flag) != null));
    }
    return report(failure);
  }

  @Override
  public int handleParseException(ParameterException failure, String[] arguments) {
    CommandSpec command = failure.getCommandLine().getCommandSpec();
    String line = "mor: " + FailureText.oneLine(message(failure));
    root.streams()
        .err()
        .println(
            command.parent() == null && isUnknownCommand(failure)
                ? line + " (mor --help lists the commands)"
                : "%s (try %s --help)".formatted(line, command.qualifiedName()));
    printTrace(failure);
    return ExitCodes.USAGE;
  }

  /** Reports anything that ends a command, errors of the JVM included. */
  int report(Throwable failure) {
    if (failure instanceof OutputClosedException output && output.isReaderGone()) {
      return ExitCodes.DONE;
    }
    return report(failure, FailureText.line(failure));
  }

  private int report(Throwable failure, String line) {
    root.streams().err().println("mor: " + line);
    printTrace(failure);
    return failure instanceof InvalidConfigException
            || failure instanceof SettingException
            || failure instanceof UsageException
        ? ExitCodes.USAGE
        : ExitCodes.FAILED;
  }

  private void printTrace(Throwable failure) {
    PrintWriter err = root.streams().err();
    if (root.isVerbose()) {
      failure.printStackTrace(err);
    }
    err.flush();
  }

  private static String message(ParameterException failure) {
    if (failure instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
      String found = unmatched.getUnmatched().getFirst();
      CommandSpec command = failure.getCommandLine().getCommandSpec();
      if (command.parent() == null) {
        return "unknown command '%s'%s"
            .formatted(found, SimilarNames.hint(found, Subcommands.all().keySet()));
      }
      if (command.findOption("--prompt") != null) {
        return "unexpected argument '%s': give a text with -p \"TEXT\"".formatted(found);
      }
    }
    return Objects.requireNonNullElse(failure.getMessage(), failure.toString());
  }

  private static boolean isUnknownCommand(ParameterException failure) {
    return failure instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption();
  }
}
