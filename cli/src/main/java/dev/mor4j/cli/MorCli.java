package dev.mor4j.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The root of the mor command. */
@Command(
    name = "mor",
    version = "mor 0.1.0",
    mixinStandardHelpOptions = true,
    description = "Runs Mixture-of-Recursions language models.")
public final class MorCli implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getOut());
    return CommandLine.ExitCode.OK;
  }

  /** Runs the command line and ends the process with its exit code. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new MorCli()).execute(args));
  }
}
