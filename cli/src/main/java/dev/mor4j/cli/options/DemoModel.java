package dev.mor4j.cli.options;

import dev.mor4j.engine.EngineException;
import java.nio.file.Path;

/** The small model that is part of the project, the default of {@code -m}. */
public final class DemoModel {
  private static final String HOME_PROPERTY = "mor4j.home";

  private DemoModel() {}

  public static Path path() {
    String home = System.getProperty(HOME_PROPERTY, "");
    if (home.isEmpty()) {
      throw new EngineException(
          "no model: name one with -m (only the launcher mor finds the demo model)");
    }
    return Path.of(home, "models", "mor-tiny-expert-q8_0.gguf");
  }
}
