package dev.mor4j.cli;

import dev.mor4j.model.InvalidConfigException;
import java.io.PrintWriter;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Turns a failure into one line and an exit code; the stack trace only on request. */
final class FailureHandler implements IExecutionExceptionHandler {
  private final MorCli root;

  FailureHandler(MorCli root) {
    this.root = root;
  }

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine commandLine, ParseResult parsed) {
    PrintWriter err = commandLine.getErr();
    err.println("mor: " + oneLine(failure));
    if (root.isVerbose()) {
      failure.printStackTrace(err);
    }
    return failure instanceof InvalidConfigException ? ExitCodes.USAGE : ExitCodes.FAILED;
  }

  private static String oneLine(Exception failure) {
    String message =
        switch (failure) {
          case NoSuchFileException missing -> missing.getFile() + ": no such file or folder";
          case AccessDeniedException denied -> denied.getFile() + ": access denied";
          case FileSystemException other -> other.getFile() + ": " + other.getReason();
          default ->
              failure.getMessage() == null ? failure.getClass().getName() : failure.getMessage();
        };
    return message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }
}
