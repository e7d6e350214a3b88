package dev.mor4j.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class CommandLoggerFinderTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private System.Logger logger(String name, boolean showsDebug) {
    return new CommandLoggerFinder(out, showsDebug).getLogger(name, getClass().getModule());
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void printsWarningsOnly() {
    System.Logger logger = logger("dev.mor4j.engine", false);

    logger.log(Level.DEBUG, "started");
    logger.log(Level.INFO, "ready");
    logger.log(Level.WARNING, "{0} of {1}", 1, 2);
    logger.log(Level.ERROR, "failed", new IllegalStateException("closed"));

    assertThat(printed().lines())
        .containsExactly(
            "dev.mor4j.engine: warning: 1 of 2",
            "dev.mor4j.engine: error: failed: java.lang.IllegalStateException: closed");
  }

  @Test
  void printsDebugMessagesOfTheLibraryOnRequest() {
    logger("dev.mor4j.engine", true).log(Level.DEBUG, "started {0}");
    logger("jdk.event", true).log(Level.DEBUG, "event");

    assertThat(printed().lines()).containsExactly("dev.mor4j.engine: debug: started {0}");
  }

  @Test
  void nothingIsLoggableAtLevelOff() {
    assertThat(logger("dev.mor4j.engine", true).isLoggable(Level.OFF)).isFalse();
  }
}
