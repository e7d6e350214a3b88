package dev.mor4j.files;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Adds the file's name to failures that lack it. For an open file, Java's exceptions have only the
 * system's text, such as "Is a directory", "No space left on device", "Map failed".
 */
public final class FileFailures {
  private FileFailures() {}

  /**
   * The failure, with a file name.
   *
   * @param action what failed, as {@code reading failed}
   * @return the failure itself if it names a file, else a new one that has it as its cause
   */
  public static IOException named(Path file, String action, IOException failure) {
    if (failure instanceof FileSystemException named && named.getFile() != null) {
      return failure;
    }
    return refusal(file, "%s: %s".formatted(action, words(failure)), failure);
  }

  /** A failure whose message is {@code file: reason}. */
  public static FileSystemException refusal(Path file, String reason) {
    return new FileSystemException(file.toString(), null, reason);
  }

  private static FileSystemException refusal(Path file, String reason, Throwable cause) {
    FileSystemException failure = refusal(file, reason);
    failure.initCause(cause);
    return failure;
  }

  private static String words(IOException failure) {
    String message = Objects.requireNonNullElse(failure.getMessage(), failure.toString());
    return switch (message) {
      case "Map failed" ->
          "the process has no address space left to map the file; raise its memory limit (ulimit -v)";
      case "No space left on device" ->
          "no space left on the disk; free some, or choose another disk";
      case "Is a directory" -> "expected a file, found a folder";
      default -> message;
    };
  }
}
