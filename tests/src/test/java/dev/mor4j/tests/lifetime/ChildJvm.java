package dev.mor4j.tests.lifetime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Starts processes of this JVM with the class path of the tests. */
final class ChildJvm {
  /** A limit for a process that hangs, far beyond the time that it needs. */
  private static final long LIMIT_SECONDS = 120;

  private ChildJvm() {}

  /**
   * Starts a process.
   *
   * @param capturesErrors whether standard error is part of the output
   */
  static Process start(List<String> flags, Class<?> main, boolean capturesErrors, String... args)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1"));
    command.addAll(flags);
    String natives = System.getProperty("mor4j.natives", "");
    if (!natives.isEmpty()) {
      command.add("-Dmor4j.natives=" + natives);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("JAVA_TOOL_OPTIONS"); // is reported on standard error
    return capturesErrors
        ? builder.redirectErrorStream(true).start()
        : builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** Waits for the end of a process; one that hangs fails the test. */
  static int exitCode(Process process) throws InterruptedException {
    try {
      assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).as("ended").isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }
}
