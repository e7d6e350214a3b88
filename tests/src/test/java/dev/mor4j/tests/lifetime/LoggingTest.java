package dev.mor4j.tests.lifetime;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the library logs, in processes of their own. */
class LoggingTest {
  private @TempDir Path folder;

  /** Generates a few tokens. */
  static final class Generates {
    private Generates() {}

    public static void main(String[] args) throws IOException {
      try (Model model = Model.load(Path.of(args[0]));
          Engine engine = Engine.builder(model).contextSize(64).threads(1).build()) {
        engine
            .generate(GenerationRequest.builder().prompt("a").maxTokens(2).build(), token -> {})
            .join();
      }
    }
  }

  private String output(String... flags) throws Exception {
    Process process =
        ChildJvm.start(List.of(flags), Generates.class, true, Models.tiny(folder).toString());
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(ChildJvm.exitCode(process)).as(output).isZero();
    return output;
  }

  @Test
  void nothingIsPrintedByDefault() throws Exception {
    assertThat(output()).isEmpty();
  }

  @Test
  void nothingIsPrintedWithoutTheModuleJavaLogging() throws Exception {
    assertThat(output("--limit-modules=java.base")).isEmpty();
  }

  @Test
  void levelFineShowsNativesPlacementAndEngines() throws Exception {
    Path configuration =
        Files.writeString(
            folder.resolve("logging.properties"),
            """
            handlers = java.util.logging.ConsoleHandler
            java.util.logging.ConsoleHandler.level = FINE
            dev.mor4j.level = FINE
            """);

    assertThat(output("-Djava.util.logging.config.file=" + configuration))
        .contains("loaded from")
        .contains("placement: all on CPU")
        .contains("an engine starts: context of 64 tokens, 1 sequences, 1 threads, all on CPU");
  }
}
