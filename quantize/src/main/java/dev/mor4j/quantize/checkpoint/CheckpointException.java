package dev.mor4j.quantize.checkpoint;

import dev.mor4j.gguf.Printable;
import java.io.IOException;
import java.nio.file.Path;

/** A checkpoint that cannot be used: one line with the file, what was expected and found. */
public final class CheckpointException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What a caller may be able to change. */
  public enum Reason {
    /** The training configuration is missing or ambiguous; a caller can name it. */
    TRAINING_CONFIG,
    /** The checkpoint itself. */
    CHECKPOINT
  }

  private final Reason reason;

  /**
   * @param file the file or folder at fault
   * @param what key or tensor, what was expected, what was found, what to do
   */
  public CheckpointException(Path file, String what) {
    this(file, Reason.CHECKPOINT, what);
  }

  /** As the first constructor, with something that a caller may be able to change. */
  public CheckpointException(Path file, Reason reason, String what) {
    super(Printable.oneLine(file + ": " + what));
    this.reason = reason;
  }

  /** As the first constructor, for a failure that began as another exception. */
  public CheckpointException(Path file, String what, Throwable cause) {
    super(Printable.oneLine(file + ": " + what), cause);
    reason = Reason.CHECKPOINT;
  }

  /** What a caller may be able to change. */
  public Reason reason() {
    return reason;
  }
}
