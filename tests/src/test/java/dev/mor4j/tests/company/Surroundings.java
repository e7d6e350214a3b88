package dev.mor4j.tests.company;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.PromptPrefix;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.MixedRequests;
import java.util.List;
import java.util.function.UnaryOperator;

/** What requests may meet in an engine. None of it may be seen in their answers. */
@SuppressWarnings("ImmutableEnumChecker") // the operators hold nothing that could change
enum Surroundings {
  USUAL(builder -> builder),
  SMALL_BATCHES(builder -> builder.batchSize(7).batchSizeBesideDecoding(3)),
  SINGLE_ROWS(builder -> builder.batchSize(1)),
  /** One sequence of full length fits; several that grow push each other out. */
  SCARCE_MEMORY(builder -> builder.kvCacheBytes(1)),
  LOCKSTEP(builder -> builder.depthWise(false)),
  KEPT_PREFIX(builder -> builder);

  private final UnaryOperator<EngineBuilder> options;

  Surroundings(UnaryOperator<EngineBuilder> options) {
    this.options = options;
  }

  /** An engine for the requests of {@link MixedRequests}. */
  static EngineBuilder builder(Model model) {
    return Engine.builder(model).contextSize(MixedRequests.LONGEST).threads(1);
  }

  /**
   * Answers requests that come all at once.
   *
   * @param builder of an engine for one request at a time
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

  /** Answers each request in an engine that has nothing else to do. */
  static List<Answer> alone(EngineBuilder builder, List<GenerationRequest> requests) {
    try (Engine engine = builder.parallel(1).build()) {
      return requests.stream().map(request -> Answer.to(request, engine)).toList();
    }
  }
}
