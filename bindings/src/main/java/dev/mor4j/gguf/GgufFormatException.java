package dev.mor4j.gguf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * A GGUF file that violates the format, or lacks what its reader needs. The message is one line:
 * file, byte, key or tensor, what was expected and what was found. Control characters are escaped.
 */
public final class GgufFormatException extends IOException {
  private static final long serialVersionUID = 1L;
  private static final long UNKNOWN_OFFSET = -1;

  private final transient Path file;
  private final long offset;
  private final String subject;
  private final String expected;
  private final String found;

  /**
   * An error without a position, such as a value that is out of range.
   *
   * @param subject key or tensor name; empty for the file as a whole
   */
  public GgufFormatException(Path file, String subject, String expected, String found) {
    this(file, UNKNOWN_OFFSET, subject, expected, found);
  }

  /**
   * An error at a position in the file.
   *
   * @param offset absolute, in bytes
   * @param subject key, tensor name or part of the header; empty for the file as a whole
   */
  public GgufFormatException(
      Path file, long offset, String subject, String expected, String found) {
    super(message(file, offset, subject, expected, found));
    this.file = file;
    this.offset = offset;
    this.subject = subject;
    this.expected = expected;
    this.found = found;
  }

  private static String message(
      Path file, long offset, String subject, String expected, String found) {
    StringBuilder message = new StringBuilder().append(file).append(": ");
    if (offset != UNKNOWN_OFFSET) {
      message.append("byte ").append(offset).append(": ");
    }
    if (!subject.isEmpty()) {
      message.append(subject).append(": ");
    }
    return Printable.oneLine(
        message.append("expected ").append(expected).append(", found ").append(found).toString());
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** Absolute offset of the error in bytes, if it is known. */
  public OptionalLong offset() {
    return offset == UNKNOWN_OFFSET ? OptionalLong.empty() : OptionalLong.of(offset);
  }

  /** The key, tensor name or part of the header; empty for the file as a whole. */
  public String subject() {
    return subject;
  }

  /** What a valid file contains. */
  public String expected() {
    return expected;
  }

  /** What this file contains. */
  public String found() {
    return found;
  }
}
