package dev.mor4j.tests.soak;

import dev.mor4j.engine.Embedding;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.EngineMetrics;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.tests.fixtures.MixedRequests;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * One of the engines under test, which run at the same time.
 *
 * @param isDeterministic whether equal requests must have equal answers
 * @param answers token ids of the first answer to each request, by request number
 * @param embeddings the first embedding of each request's prompt, by request number
 */
record SoakEngine(
    String name,
    Engine engine,
    boolean isDeterministic,
    Map<Integer, List<Integer>> answers,
    Map<Integer, Embedding> embeddings)
    implements AutoCloseable {

  /** Engines with different memory sizes and batch settings. */
  static List<SoakEngine> all(Model model) {
    SoakEngine usual = of(model, "usual", false, builder -> builder.parallel(8));
    usual.engine().keepPrefix(MixedRequests.BEGINNING); // until the engine is closed
    return List.of(
        usual,
        of(
            model,
            "scarce",
            true,
            builder -> builder.parallel(6).kvCacheBytes(1).batchSize(32).deterministic(true)),
        of(
            model,
            "short queue",
            false,
            builder ->
                builder
                    .parallel(2)
                    .queueSize(6)
                    .depthWise(false)
                    .keyType(TensorType.Q8_0)
                    .valueType(TensorType.Q8_0)));
  }

  private static SoakEngine of(
      Model model, String name, boolean isDeterministic, UnaryOperator<EngineBuilder> options) {
    EngineBuilder builder =
        Engine.builder(model).contextSize(MixedRequests.LONGEST).threads(1).queueSize(256);
    return new SoakEngine(
        name,
        options.apply(builder).build(),
        isDeterministic,
        new ConcurrentHashMap<>(),
        new ConcurrentHashMap<>());
  }

  String state() {
    EngineMetrics metrics = engine.metrics();
    return "%s: %d running, %d waiting, %d KiB of keys and values"
        .formatted(name, metrics.running(), metrics.waiting(), metrics.kvUsedBytes() >> 10);
  }

  @Override
  public void close() {
    engine.close();
  }
}
