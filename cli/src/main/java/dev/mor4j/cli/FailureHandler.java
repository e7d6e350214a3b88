package dev.mor4j.cli;

import dev.mor4j.model.InvalidConfigException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
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
        .println("mor: %s (try %s --help)".formatted(oneLine(words(failure)), command));
    printTrace(failure);
    return ExitCodes.USAGE;
  }

  /** Reports anything that ends a command, errors of the JVM included. */
  int report(Throwable failure) {
    if (failure instanceof OutputClosedException output && output.isReaderGone()) {
      return ExitCodes.DONE;
    }
    root.streams().err().println("mor: " + line(failure));
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

  /** What a failure says of itself, as one line. */
  static String line(Throwable failure) {
    return oneLine(
        switch (failure) {
          case NoSuchFileException missing ->
              missing.getFile() + ": " + reason(missing, "no such file or folder");
          case AccessDeniedException denied ->
              denied.getFile() + ": " + reason(denied, "access denied");
          case FileSystemException other -> other.getFile() + ": " + reason(other, "failed");
          case OutOfMemoryError full ->
              "out of memory (%s): give the JVM more, as with MOR_JAVA_OPTS=-Xmx4g"
                  .formatted(full.getMessage());
          case Error broken -> "internal failure: " + broken;
          default ->
              failure.getMessage() == null ? failure.getClass().getName() : failure.getMessage();
        });
  }

  private static String reason(FileSystemException failure, String otherwise) {
    return Objects.requireNonNullElse(failure.getReason(), otherwise);
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

  /** A message without line breaks. */
  static String oneLine(String message) {
    return message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
