package dev.mor4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who reads what we print. */
final class Terminal {
  private Terminal() {}

  /**
   * Whether a person reads standard error. Java tells it of input and output only; where there is
   * no {@code /proc}, nobody is assumed to watch.
   */
  static boolean isErrorTerminal() {
    Path stderr = Path.of("/proc/self/fd/2");
    try {
      return Files.exists(stderr)
          && stderr.toRealPath().toString().matches("/dev/(pts/\\d+|tty.*|console)");
    } catch (IOException unreadable) {
      return false;
    }
  }
}
