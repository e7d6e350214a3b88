package dev.mor4j.quantize;

import java.io.IOException;
import java.nio.file.Path;

/** A file that cannot be quantized as asked. */
public final class QuantizationException extends IOException {
  private static final long serialVersionUID = 1L;

  QuantizationException(Path file, String problem) {
    super(file + ": " + problem);
  }

  QuantizationException(Path file, String problem, Throwable cause) {
    super(file + ": " + problem, cause);
  }
}
