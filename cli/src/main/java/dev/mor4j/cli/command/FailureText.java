package dev.mor4j.cli.command;

import dev.mor4j.gguf.Printable;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Objects;

/** Messages of failures, as single lines. */
public final class FailureText {
  private FailureText() {}

  /** The message of a failure on one line, with the file's name where the failure has one. */
  public static String line(Throwable failure) {
    return oneLine(
        switch (failure) {
          case NoSuchFileException missing ->
              missing.getFile() + ": " + reason(missing, "no such file or folder");
          case AccessDeniedException denied ->
              denied.getFile() + ": " + reason(denied, "access denied");
          case FileSystemException other -> other.getFile() + ": " + reason(other, "failed");
          case OutOfMemoryError full ->
              "out of memory (%s): raise the limit of the JVM, for example with MOR_JAVA_OPTS=-Xmx4g"
                  .formatted(full.getMessage());
          case Error broken -> "internal failure: " + broken;
          default ->
              failure.getMessage() == null ? failure.getClass().getName() : failure.getMessage();
        });
  }

  private static String reason(FileSystemException failure, String otherwise) {
    return Objects.requireNonNullElse(failure.getReason(), otherwise);
  }

  /** A message on one line; control characters, which files may have put there, are escaped. */
  public static String oneLine(String message) {
    return Printable.oneLine(message.strip().replaceAll("\\s*\\R\\s*", "; "));
  }
}
