package dev.mor4j.cli;

import dev.mor4j.cli.terminal.StandardStreams;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;

/**
 * One run of the command line within this process.
 *
 * @param out all of standard output
 * @param err all of standard error
 */
record CommandRun(int exitCode, String out, String err) {

  /** A run without a terminal and with empty input. */
  static CommandRun of(String... args) {
    return withInput("", args);
  }

  /** A run with piped input. */
  static CommandRun withInput(String input, String... args) {
    return run(input, false, StandardStreams.Watchers.NONE, args);
  }

  /** A run with typed input. */
  static CommandRun typing(String input, String... args) {
    return run(input, true, StandardStreams.Watchers.NONE, args);
  }

  /** A run whose standard output is a terminal with colors. */
  static CommandRun onTerminal(String... args) {
    return run("", false, new StandardStreams.Watchers(true, false), args);
  }

  /** A run whose standard error is a terminal. */
  static CommandRun watchingErrors(String... args) {
    return run("", false, new StandardStreams.Watchers(false, true), args);
  }

  private static CommandRun run(
      String input, boolean isTyped, StandardStreams.Watchers watchers, String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int exitCode =
        MorCli.execute(
            new StandardStreams(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintWriter(out),
                new PrintWriter(err),
                isTyped,
                watchers),
            args);
    return new CommandRun(exitCode, out.toString(), err.toString());
  }
}
