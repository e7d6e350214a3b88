package dev.mor4j.quantize.checkpoint;

import dev.mor4j.gguf.Printable;
import java.io.IOException;
import java.nio.file.Path;

/** A checkpoint that cannot be used: one line with the file, what was expected and found. */
public final class CheckpointException extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * @param file the file or folder at fault
   * @param what key or tensor, what was expected, what was found, what to do
   */
  public CheckpointException(Path file, String what) {
    super(Printable.oneLine(file + ": " + what));
  }

  /** As the other constructor, for a failure that began as another exception. */
  public CheckpointException(Path file, String what, Throwable cause) {
    super(Printable.oneLine(file + ": " + what), cause);
  }
}
