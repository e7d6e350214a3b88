package dev.mor4j.cli;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.UsageException;
import dev.mor4j.cli.command.VersionText;
import dev.mor4j.cli.terminal.OutputClosedException;
import dev.mor4j.cli.terminal.StandardStreams;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root of the mor command. */
@Command(
    name = "mor",
    versionProvider = VersionText.class,
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    usageHelpAutoWidth = true,
    sortOptions = false,
    addMethodSubcommands = false,
    synopsisSubcommandLabel = "COMMAND",
    description = "Runs Mixture-of-Recursions language models.")
public final class MorCli implements Callable<Integer>, CommandContext {
  private static final char REPLACEMENT_CHARACTER = '\ufffd';

  private final StandardStreams streams;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of a failure.")
  private boolean verbose;

  private MorCli(StandardStreams streams) {
    this.streams = streams;
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(streams.out());
    return ExitCodes.DONE;
  }

  @Override
  public StandardStreams streams() {
    return streams;
  }

  boolean isVerbose() {
    return verbose;
  }

  /**
   * Runs one command line.
   *
   * @return the exit code
   */
  static int execute(StandardStreams streams, String... args) {
    MorCli root = new MorCli(streams);
    FailureHandler failures = new FailureHandler(root);
    try {
      requireDecoded(args);
      int exitCode = commandLine(root, failures, args).execute(args);
      streams.out().flush();
      return exitCode;
    } catch (RuntimeException | Error failure) {
      // Errors of the JVM, which picocli does not catch, and output that is closed in a help
      // text.
      return failures.report(failure);
    } finally {
      streams.err().flush();
    }
  }

  /** Java replaces bytes of an argument that are invalid in the locale's encoding, and goes on. */
  private static void requireDecoded(String... args) {
    for (int index = 0; index < args.length; index++) {
      if (args[index].indexOf(REPLACEMENT_CHARACTER) >= 0) {
        throw new UsageException(
            "argument %s (%s) has bytes that are invalid in the encoding %s: set LC_ALL=C.UTF-8, or pass the text in a file with -f"
                .formatted(index + 1, args[index], System.getProperty("sun.jnu.encoding")));
      }
    }
  }

  private static CommandLine commandLine(MorCli root, FailureHandler failures, String... args) {
    CommandLine commandLine = new CommandLine(root);
    Subcommands.neededFor(args).forEach(commandLine::addSubcommand);
    return commandLine
        .setOut(root.streams.out())
        .setErr(root.streams.err())
        .setHelpFactory(SectionedHelp::new)
        .setCaseInsensitiveEnumValuesAllowed(true)
        // A prompt may start with @.
        .setExpandAtFiles(false)
        .setExecutionStrategy(MorCli::runLast)
        .setExecutionExceptionHandler(failures)
        .setParameterExceptionHandler(failures);
  }

  /**
   * Runs the last command, as picocli does, but reports a help text that cannot be printed as a
   * failure.
   */
  private static int runLast(ParseResult parsed) {
    try {
      return new RunLast().execute(parsed);
    } catch (OutputClosedException failure) {
      throw new ExecutionException(parsed.commandSpec().commandLine(), "no output", failure);
    }
  }

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] args) {
    // Without this, picocli loads its converters of dates and database values, which takes longer
    // than all flags of mor.
    System.setProperty("picocli.converters.excludes", "java\\.(time|sql)\\..*");
    System.exit(execute(StandardStreams.ofProcess(), args));
  }
}
