package dev.mor4j.tests.differential;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.TensorId;
import dev.mor4j.quantize.importance.Importance;
import dev.mor4j.quantize.importance.ImportanceCollector;
import dev.mor4j.quantize.importance.ImportanceMatrix;
import dev.mor4j.tests.fixtures.ReferenceForward;
import dev.mor4j.tests.fixtures.ReferenceInputs;
import dev.mor4j.tests.fixtures.ReferenceWeights;
import dev.mor4j.tests.fixtures.SeededTest;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;

/** The engine sees what plain loops see enter the weight matrices, for any model of the rules. */
class ImportanceDifferentialTest {
  /** Twice that of logits, for squares. */
  private static final double FLOAT_BOUND = 4e-5;

  private @TempDir Path folder;

  @SeededTest(40)
  void sumsWhatEntersEachMatrixAtEachStep(long seed) throws IOException {
    Random random = new Random(seed);
    MorConfig config = TinyConfigs.random(seed);
    Path file =
        TinyModel.of(config, TinyConfigs.randomOptions(seed)).write(folder.resolve("tiny.gguf"));
    // Not top-k: scores that are one float but two doubles fall to other tokens.
    RoutingMode mode = RoutingMode.parse(random.nextBoolean() ? "trained" : "fixed:1");
    int[] tokens =
        IntStream.range(0, 8 + random.nextInt(24))
            .map(i -> random.nextInt(config.vocabularySize()))
            .toArray();

    ImportanceMatrix found = importances(file, mode, tokens);

    Map<String, Map<Integer, ReferenceInputs.Sum>> expected =
        new ReferenceForward(config, ReferenceWeights.read(file)).run(tokens, mode).inputs().sums();
    Map<String, Importance> left = new HashMap<>(found.entries());
    expected.forEach((name, steps) -> requireSums(name, steps, config, left));
    assertThat(left).isEmpty();
  }

  /** Takes the entries of one tensor out of those that are left. */
  private static void requireSums(
      String name,
      Map<Integer, ReferenceInputs.Sum> steps,
      MorConfig config,
      Map<String, Importance> left) {
    double[] total = new double[steps.values().iterator().next().squares().length];
    int rows = 0;
    for (Map.Entry<Integer, ReferenceInputs.Sum> step : steps.entrySet()) {
      double[] squares = step.getValue().squares();
      for (int column = 0; column < total.length; column++) {
        total[column] += squares[column];
      }
      rows += step.getValue().rows();
      if (isShared(name, config)) {
        String atStep = TensorId.parse(name).orElseThrow().atStep(step.getKey()).name();
        requireSum(atStep, squares, step.getValue().rows(), left);
      }
    }
    requireSum(name, total, rows, left);
  }

  private static boolean isShared(String name, MorConfig config) {
    boolean hasEnds = config.recursion().sharing().hasUnsharedEnds();
    String coda = "blk." + (config.recursion().storedBlockCount() - 1) + ".";
    return config.recursionCount() > 1
        && name.startsWith("blk.")
        && !name.contains(".step.")
        && !(hasEnds && (name.startsWith("blk.0.") || name.startsWith(coda)));
  }

  private static void requireSum(
      String name, double[] squares, int rows, Map<String, Importance> left) {
    Importance entry = left.remove(name);
    assertThat(entry).as(name).isNotNull();
    assertThat(entry.counts()).as(name).containsExactly(rows);
    double largest = 0;
    for (double square : squares) {
      largest = Math.max(largest, square);
    }
    for (int column = 0; column < squares.length; column++) {
      assertThat(Math.abs(entry.sums()[column] - squares[column]) / largest)
          .as(name + " column " + column)
          .isLessThan(FLOAT_BOUND);
    }
  }

  private static ImportanceMatrix importances(Path file, RoutingMode mode, int[] tokens)
      throws IOException {
    try (Model model = Model.load(file)) {
      ImportanceCollector collector = new ImportanceCollector(model.config());
      try (Engine engine =
          Engine.builder(model)
              .contextSize(64)
              .threads(1)
              .keyType(TensorType.F32)
              .valueType(TensorType.F32)
              .observer(collector)
              .build()) {
        collector.read(engine, mode, List.of(tokens), done -> {});
      }
      return collector.matrix(List.of());
    }
  }
}
