package dev.mor4j.gguf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * A GGUF file that breaks the format, or does not hold what its reader needs. The message is one
 * line: file, byte, key or tensor, what was expected and what was found.
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
   * A fault whose place in the file is not known, such as a value out of its range.
   *
   * @param subject key or tensor name; empty for the file as a whole
   */
  public GgufFormatException(Path file, String subject, String expected, String found) {
    this(file, UNKNOWN_OFFSET, subject, expected, found);
  }

  /**
   * A fault at a place in the file.
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

  /** The file at fault. */
  public Path file() {
    return file;
  }

  /** Absolute offset of the fault in bytes, when it is known. */
  public OptionalLong offset() {
    return offset == UNKNOWN_OFFSET ? OptionalLong.empty() : OptionalLong.of(offset);
  }

  /** Key, tensor name or part of the header at fault; empty for the file as a whole. */
  public String subject() {
    return subject;
  }

  /** What a sound file would hold. */
  public String expected() {
    return expected;
  }

  /** What this file holds. */
  public String found() {
    return found;
  }
}
