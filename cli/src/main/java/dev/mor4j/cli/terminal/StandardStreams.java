package dev.mor4j.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * The standard streams, in UTF-8 whatever the platform's charset is.
 *
 * @param in piped or typed input
 * @param out results; throws {@link OutputClosedException} once its reader has exited
 * @param err progress, statistics and failures
 * @param isInteractive whether a user types the input
 * @param watchers which outputs are terminals
 */
public record StandardStreams(
    InputStream in, PrintWriter out, PrintWriter err, boolean isInteractive, Watchers watchers) {

  /**
   * Which outputs are terminals.
   *
   * @param output whether standard output is a terminal that may show colors
   * @param error whether standard error is a terminal
   */
  public record Watchers(boolean output, boolean error) {
    public static final Watchers NONE = new Watchers(false, false);
  }

  /** The streams of this process. */
  public static StandardStreams ofProcess() {
    boolean isColoured =
        Terminal.isOutput() && System.getenv().getOrDefault("NO_COLOR", "").isEmpty();
    return new StandardStreams(
        new FileInputStream(FileDescriptor.in),
        new PrintWriter(
            new OutputStreamWriter(
                new ResultStream(
                    new FileOutputStream(FileDescriptor.out), Terminal.isOutputPiped()),
                StandardCharsets.UTF_8)),
        new PrintWriter(
            new OutputStreamWriter(
                new FileOutputStream(FileDescriptor.err), StandardCharsets.UTF_8),
            true),
        Terminal.isInput(),
        new Watchers(isColoured, Terminal.isError()));
  }
}
