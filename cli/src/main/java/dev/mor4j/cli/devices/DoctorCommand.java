package dev.mor4j.cli.devices;

import dev.mor4j.cli.command.CommandContext;
import dev.mor4j.cli.command.ExitCodes;
import dev.mor4j.cli.command.FailureText;
import dev.mor4j.cli.terminal.StandardStreams;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParentCommand;

/** The command {@code doctor}: checks the installation. */
@Command(
    name = "doctor",
    description = {
      "Checks the installation.",
      "",
      "Prints one line each for Java, native libraries, installed files, CPU, devices, memory, demo model, temporary folder and terminal. If a check fails, its line says what to do, and the exit code is 1.",
      ""
    })
public final class DoctorCommand implements Callable<Integer> {
  @ParentCommand private @Nullable CommandContext root;

  @Override
  public Integer call() {
    StandardStreams streams = Objects.requireNonNull(root).streams();
    PrintWriter out = streams.out();
    int failures = 0;
    for (HealthCheck check : HealthCheck.values()) {
      String words;
      boolean isGood = true;
      try {
        words = check.examine(streams);
      } catch (Exception | LinkageError | OutOfMemoryError problem) {
        isGood = false;
        failures++;
        words = FailureText.line(problem);
      }
      out.printf("%-5s %-17s %s%n", isGood ? "OK" : "FAIL", check.title(), words);
      out.flush();
    }
    out.println();
    out.println(
        failures == 0
            ? "No problems found."
            : (failures == 1 ? "1 problem" : failures + " problems") + " found, see FAIL above.");
    return failures == 0 ? ExitCodes.DONE : ExitCodes.FAILED;
  }
}
