package dev.mor4j.quantize;

import dev.mor4j.gguf.Printable;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A model that cannot be written in the types that were asked for: one line with the file, the
 * tensor, what was expected and found, and what to do.
 */
public final class QuantizationException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What a caller may be able to change. */
  public enum Reason {
    /** A matrix is quantized already; {@link QuantizationOptions#allowRequantize} was not set. */
    ALREADY_QUANTIZED,
    /** A type needs an importance matrix, and none was given. */
    NO_IMPORTANCES,
    /** The file itself. */
    FILE
  }

  private final Reason reason;

  QuantizationException(Path file, String problem) {
    this(file, Reason.FILE, problem);
  }

  QuantizationException(Path file, Reason reason, String problem) {
    super(Printable.oneLine(file + ": " + problem));
    this.reason = reason;
  }

  QuantizationException(Path file, String problem, Throwable cause) {
    super(Printable.oneLine(file + ": " + problem), cause);
    reason = Reason.FILE;
  }

  /** What a caller may be able to change. */
  public Reason reason() {
    return reason;
  }
}
