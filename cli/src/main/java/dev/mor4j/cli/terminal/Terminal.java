package dev.mor4j.cli.terminal;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What the three standard streams are connected to. */
public final class Terminal {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private Terminal() {}

  static boolean isInput() {
    return Files.isDirectory(DESCRIPTORS) ? target(0).matches(DEVICE) : hasConsole();
  }

  public static boolean isOutput() {
    return Files.isDirectory(DESCRIPTORS) ? target(1).matches(DEVICE) : hasConsole();
  }

  /**
   * Whether standard error is a terminal. Java can tell only of input and output: without {@code
   * /proc}, the answer is no.
   */
  public static boolean isError() {
    return target(2).matches(DEVICE);
  }

  /** Whether another process, such as {@code head}, reads standard output. */
  static boolean isOutputPiped() {
    return target(1).startsWith("pipe:") || target(1).startsWith("socket:");
  }

  private static final String DEVICE = "/dev/(pts/\\d+|tty.*|console)";

  /** Whether both input and output are terminals. */
  private static boolean hasConsole() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }

  private static String target(int descriptor) {
    try {
      return Files.readSymbolicLink(DESCRIPTORS.resolve(String.valueOf(descriptor))).toString();
    } catch (IOException | UnsupportedOperationException unknown) {
      return "";
    }
  }
}
