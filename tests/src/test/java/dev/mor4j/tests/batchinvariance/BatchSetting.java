package dev.mor4j.tests.batchinvariance;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.PromptPrefix;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.MixedRequests;
import java.util.List;
import java.util.function.UnaryOperator;

/** Engine settings that change how requests are batched. None of them may change an answer. */
@SuppressWarnings("ImmutableEnumChecker") // the operators have no state
enum BatchSetting {
  DEFAULT(builder -> builder),
  SMALL_BATCHES(builder -> builder.batchSize(7).batchSizeBesideDecoding(3)),
  SINGLE_ROWS(builder -> builder.batchSize(1)),
  /** K/V memory for one sequence of full length: with more sequences, some are preempted. */
  LITTLE_KV_MEMORY(builder -> builder.kvCacheBytes(1)),
  LOCKSTEP(builder -> builder.depthWise(false)),
  KEPT_PREFIX(builder -> builder);

  private final UnaryOperator<EngineBuilder> options;

  BatchSetting(UnaryOperator<EngineBuilder> options) {
    this.options = options;
  }

  /** A builder of engines for {@link MixedRequests}. */
  static EngineBuilder builder(Model model) {
    return Engine.builder(model).contextSize(MixedRequests.LONGEST).threads(1);
  }

  /**
   * Answers requests that are submitted together.
   *
   * @param builder a builder of engines for one request at a time
   */
  List<Answer> answers(EngineBuilder builder, int parallel, List<GenerationRequest> requests) {
    try (Engine engine = options.apply(builder.parallel(parallel)).build()) {
      if (this != KEPT_PREFIX) {
        return Answer.toAll(requests, engine);
      }
      try (PromptPrefix _ = engine.keepPrefix(MixedRequests.BEGINNING)) {
        return Answer.toAll(requests, engine);
      }
    }
  }

  /** Answers one request after another. */
  static List<Answer> alone(EngineBuilder builder, List<GenerationRequest> requests) {
    try (Engine engine = builder.parallel(1).build()) {
      return requests.stream().map(request -> Answer.to(request, engine)).toList();
    }
  }
}
