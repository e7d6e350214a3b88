package dev.mor4j.quantize;

import dev.mor4j.gguf.Printable;
import java.io.IOException;
import java.nio.file.Path;

/** A file whose tensors cannot be written in the types that were asked for. */
public final class QuantizationException extends IOException {
  private static final long serialVersionUID = 1L;

  QuantizationException(Path file, String problem) {
    super(Printable.oneLine(file + ": " + problem));
  }

  QuantizationException(Path file, String problem, Throwable cause) {
    super(Printable.oneLine(file + ": " + problem), cause);
  }
}
