package dev.mor4j.cli.output;

import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.terminal.Terminal;
import dev.mor4j.files.OutputTarget;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;

/** Refuses an output before the work for it begins, rather than after it. */
public final class OutputCheck {
  private OutputCheck() {}

  /**
   * Requires that a path can be an output and is none of the command's inputs.
   *
   * @throws IOException naming the output, and what is wrong with it
   */
  public static void require(Path output, Collection<Path> inputs) throws IOException {
    var _ = target(output, inputs);
  }

  /** As {@link #require}, for a binary output, which a terminal cannot show. */
  public static void requireBinary(Path output, Collection<Path> inputs) throws IOException {
    OutputTarget target = target(output, inputs);
    if (target.kind() == OutputTarget.Kind.STANDARD_OUTPUT && Terminal.isOutput()) {
      throw new UsageException(
          "the output is binary and standard output is a terminal: redirect it to a file or pipe");
    }
  }

  /**
   * As {@link #require}, for a command that prints a report on standard output too.
   *
   * @param report what is printed there, for the message
   */
  public static void requireApartFrom(String report, Path output, Collection<Path> inputs)
      throws IOException {
    OutputTarget target = target(output, inputs);
    if (target.kind() == OutputTarget.Kind.STANDARD_OUTPUT) {
      throw new UsageException(
          "standard output has %s: name another file for the output".formatted(report));
    }
  }

  private static OutputTarget target(Path output, Collection<Path> inputs) throws IOException {
    return OutputTarget.of(output).requireNotIn(inputs);
  }
}
