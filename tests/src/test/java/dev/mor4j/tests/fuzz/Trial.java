package dev.mor4j.tests.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.RoutingMode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Loads a file that may be damaged, and runs it. Refusals of the file, its configuration or its
 * memory need are counted. Any other exception, or a crash of the process, fails the test.
 */
final class Trial {
  private static final int[] TOKENS = {0, 5, 2, 7, 1, 3};
  private static final List<RoutingMode> MODES =
      List.of(RoutingMode.TRAINED, RoutingMode.parse("fixed:1"));

  private int refused;
  private int ran;

  /** Loads and runs a file, and counts the outcome. */
  void run(Path file) {
    run(file, TensorType.F16, TensorType.F16);
  }

  void run(Path file, TensorType keys, TensorType values) {
    try (Model model = Model.load(file);
        Engine engine =
            Engine.builder(model)
                .contextSize(16)
                .threads(1)
                .keyType(keys)
                .valueType(values)
                .build()) {
      for (RoutingMode mode : MODES) {
        engine.evaluate(new EvaluationRequest(TOKENS, mode, 0));
      }
      if (model.config().routing().kind() == RoutingKind.EXPERT_CHOICE) {
        engine.evaluate(new EvaluationRequest(TOKENS, RoutingMode.parse("top-k"), 0));
      }
      engine.evaluate(new EvaluationRequest(TOKENS, RoutingMode.TRAINED, 1));
      ran++;
    } catch (IOException | InvalidConfigException | EngineException refusal) {
      assertThat(refusal.getMessage()).isNotBlank().doesNotContain("\n");
      refused++;
    }
  }

  /** The number of refused files. */
  int refused() {
    return refused;
  }

  /** The number of files that ran. */
  int ran() {
    return ran;
  }
}
