package dev.mor4j.tests.property;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Evaluation;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.tests.fixtures.Difference;
import dev.mor4j.tests.fixtures.SeededTest;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;

/** Properties of every model and every sequence. */
class SequencePropertyTest {
  /** Rounding of the same F32 sums, split at other places. */
  private static final double SPLIT_BOUND = 2e-5;

  private @TempDir Path folder;

  @SeededTest(25)
  void computesTheSameInChunks(long seed) throws IOException {
    Random random = new Random(seed);
    int[] tokens = randomTokens(seed, 2 + random.nextInt(38));
    RoutingMode mode = seed % 3 == 0 ? RoutingMode.parse("fixed:1") : RoutingMode.TRAINED;

    try (Model model = Model.load(tinyModel(seed));
        Engine engine = engine(model)) {
      Evaluation whole = engine.evaluate(new EvaluationRequest(tokens, mode, 0));
      Evaluation single = engine.evaluate(new EvaluationRequest(tokens, mode, 1));
      Evaluation chunked =
          engine.evaluate(new EvaluationRequest(tokens, mode, 1 + random.nextInt(tokens.length)));

      for (Evaluation other : List.of(single, chunked)) {
        assertThat(other.depths()).isEqualTo(whole.depths());
        assertThat(Difference.logits(whole, other)).isLessThan(SPLIT_BOUND);
      }
    }
  }

  @SeededTest(10)
  void doesNotDependOnLaterTokens(long seed) throws IOException {
    int[] tokens = randomTokens(seed, 30);
    int[] start = java.util.Arrays.copyOf(tokens, 13);

    try (Model model = Model.load(tinyModel(seed));
        Engine engine = engine(model)) {
      Evaluation whole = engine.evaluate(trained(tokens));
      Evaluation beginning = engine.evaluate(trained(start));

      assertThat(beginning.depths()).isEqualTo(java.util.Arrays.copyOf(whole.depths(), 13));
      Evaluation cut =
          new Evaluation(
              java.util.Arrays.copyOf(whole.logits(), beginning.logits().length),
              beginning.depths(),
              beginning.routerScores());
      assertThat(Difference.logits(cut, beginning)).isLessThan(SPLIT_BOUND);
    }
  }

  @SeededTest(15)
  void doesNotDependOnEarlierSequences(long seed) throws IOException {
    int[] tokens = randomTokens(seed, 24);
    Path file = tinyModel(seed);

    try (Model model = Model.load(file);
        Engine used = engine(model);
        Engine fresh = engine(model)) {
      used.evaluate(trained(randomTokens(seed + 100, 40)));
      Evaluation after = used.evaluate(trained(tokens));
      Evaluation first = fresh.evaluate(trained(tokens));

      assertThat(after.logits()).isEqualTo(first.logits());
      assertThat(after.depths()).isEqualTo(first.depths());
    }
  }

  @SeededTest(5)
  void computesTheSameInTwoEnginesOfOneModelAtOnce(long seed) throws Exception {
    List<int[]> sequences =
        IntStream.range(0, 6).mapToObj(i -> randomTokens(10 * seed + i, 20)).toList();

    try (Model model = Model.load(tinyModel(seed));
        Engine one = engine(model);
        Engine other = engine(model);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Evaluation>> found = new ArrayList<>();
      for (int[] sequence : sequences) {
        Callable<Evaluation> onOne = () -> one.evaluate(trained(sequence));
        Callable<Evaluation> onOther = () -> other.evaluate(trained(sequence));
        found.add(threads.submit(onOne));
        found.add(threads.submit(onOther));
      }

      for (int i = 0; i < found.size(); i += 2) {
        assertThat(found.get(i).get().logits()).isEqualTo(found.get(i + 1).get().logits());
      }
    }
  }

  @SeededTest(10)
  void keepsTheCapacityOfEachStepUnderTopKOrRefusesIt(long seed) throws IOException {
    int[] tokens = randomTokens(seed, 20);

    try (Model model = Model.load(tinyModel(seed));
        Engine engine = engine(model)) {
      EvaluationRequest topK = new EvaluationRequest(tokens, RoutingMode.parse("top-k"), 0);
      if (model.config().routing().kind() != RoutingKind.EXPERT_CHOICE) {
        assertThatThrownBy(() -> engine.evaluate(topK))
            .isInstanceOf(InvalidConfigException.class)
            .hasMessageMatching("routing: expected trained.* this model .*, found top-k");
        return;
      }
      int[] depths = engine.evaluate(topK).depths();
      for (int step = 0; step < model.config().recursionCount(); step++) {
        int at = step;
        assertThat(IntStream.of(depths).filter(depth -> depth > at).count())
            .isEqualTo(Math.max(1, (int) (model.config().routing().capacity().get(step) * 20)));
      }
    }
  }

  private static EvaluationRequest trained(int[] tokens) {
    return new EvaluationRequest(tokens, RoutingMode.TRAINED, 0);
  }

  private Path tinyModel(long seed) throws IOException {
    MorConfig config = TinyConfigs.random(seed);
    return TinyModel.of(config, TinyConfigs.randomOptions(seed)).write(folder.resolve("tiny.gguf"));
  }

  private static Engine engine(Model model) {
    return Engine.builder(model)
        .contextSize(64)
        .threads(1)
        .keyType(TensorType.F32)
        .valueType(TensorType.F32)
        .build();
  }

  /** Token ids that are in the vocabulary of every random model. */
  private static int[] randomTokens(long seed, int count) {
    Random random = new Random(seed);
    return IntStream.range(0, count).map(i -> random.nextInt(31)).toArray();
  }
}
