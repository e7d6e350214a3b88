package dev.mor4j.tests.api;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.EngineMetrics;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** An engine and its model, for one test. */
record OpenEngine(Model model, Engine engine) implements AutoCloseable {
  /** Far more than a test waits for; the context holds it. */
  static final GenerationRequest LONG_TEXT = request("a", 100_000);

  static OpenEngine of(Path file, UnaryOperator<EngineBuilder> options) throws IOException {
    Model model = Model.load(file);
    EngineBuilder builder =
        Engine.builder(model).contextSize(200_000).kvCacheBytes(1).batchSize(64).threads(1);
    return new OpenEngine(model, options.apply(builder).build());
  }

  static OpenEngine of(Path file) throws IOException {
    return of(file, builder -> builder);
  }

  /** A text of its own for each prompt, not a greedy one. */
  static GenerationRequest request(String prompt, int tokens) {
    return GenerationRequest.builder()
        .prompt(prompt)
        .maxTokens(tokens)
        .temperature(1)
        .seed(prompt.hashCode())
        .build();
  }

  /** Asks the engine, between its turns, until things stand as wanted. */
  EngineMetrics until(Predicate<EngineMetrics> wanted) {
    EngineMetrics metrics = engine.metrics();
    while (!wanted.test(metrics)) {
      Thread.onSpinWait();
      metrics = engine.metrics();
    }
    return metrics;
  }

  /** Waits until the engine has nothing to do. */
  EngineMetrics untilIdle() {
    return until(metrics -> metrics.running() == 0 && metrics.waiting() == 0);
  }

  @Override
  public void close() {
    engine.close();
    model.close();
  }
}
