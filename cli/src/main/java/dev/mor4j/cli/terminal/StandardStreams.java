package dev.mor4j.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * What the command reads and writes: UTF-8, whatever the platform's charset is.
 *
 * @param in what is piped or typed
 * @param out results; throws {@link OutputClosedException} once nobody takes them
 * @param err progress, statistics and failures
 * @param isInteractive whether a person types the input
 * @param watchers who sees a terminal
 */
public record StandardStreams(
    InputStream in, PrintWriter out, PrintWriter err, boolean isInteractive, Watchers watchers) {

  /**
   * Where a person watches.
   *
   * @param output whether standard output is a terminal that may be coloured
   * @param error whether standard error is a terminal
   */
  public record Watchers(boolean output, boolean error) {
    public static final Watchers NONE = new Watchers(false, false);
  }

  /** Those of this process. */
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
