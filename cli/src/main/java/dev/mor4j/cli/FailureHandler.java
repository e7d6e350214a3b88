package dev.mor4j.cli;

import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.terminal.OutputClosedException;
import dev.mor4j.model.InvalidConfigException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns a failure into one line and an exit code; the stack trace only on request. */
final class FailureHandler implements IExecutionExceptionHandler, IParameterExceptionHandler {
  private final MorCli root;

  FailureHandler(MorCli root) {
    this.root = root;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine commandLine, ParseResult parsed) {
    return report(failure);
  }

  @Override
  public int handleParseException(ParameterException failure, String[] arguments) {
    String command = failure.getCommandLine().getCommandSpec().qualifiedName();
    root.streams()
        .err()
        .println("mor: %s (try %s --help)".formatted(FailureText.oneLine(words(failure)), command));
    printTrace(failure);
    return ExitCodes.USAGE;
  }

  /** Reports anything that ends a command, errors of the JVM included. */
  int report(Throwable failure) {
    if (failure instanceof OutputClosedException output && output.isReaderGone()) {
      return ExitCodes.DONE;
    }
    root.streams().err().println("mor: " + FailureText.line(failure));
    printTrace(failure);
    return failure instanceof InvalidConfigException || failure instanceof UsageException
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

  private static String words(ParameterException failure) {
    if (failure instanceof UnmatchedArgumentException unmatched
        && failure.getCommandLine().getParent() == null
        && !unmatched.isUnknownOption()) {
      List<String> guesses = unmatched.getSuggestions();
      return "no command '%s'%s"
          .formatted(
              unmatched.getUnmatched().getFirst(),
              guesses.isEmpty() ? "" : ", did you mean " + String.join(" or ", guesses) + "?");
    }
    return Objects.requireNonNullElse(failure.getMessage(), failure.toString());
  }
}
