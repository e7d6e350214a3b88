package dev.mor4j.engine;

import dev.mor4j.batch.Output;
import dev.mor4j.batch.Sequence;
import dev.mor4j.batch.SequenceOptions;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.sampling.Sampler;
import dev.mor4j.sampling.SequenceBreakers;
import dev.mor4j.sampling.TokenHistory;
import dev.mor4j.tokenizer.DecodingOptions;
import dev.mor4j.tokenizer.TokenDecoder;
import dev.mor4j.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Checks requests against the model and the engine's options and makes tasks of them. For any
 * thread.
 */
final class TaskFactory {
  private final Model model;
  private final MorConfig config;
  private final EngineOptions options;
  private final RequestTokens tokens;
  private final ApplicationCalls calls;

  /**
   * @param calls encloses calls of the application's code
   */
  TaskFactory(Model model, EngineOptions options, ApplicationCalls calls) {
    this.model = model;
    config = model.config();
    this.options = options;
    tokens = new RequestTokens(model, options.contextSize());
    this.calls = calls;
  }

  /**
   * A task whose tokens go to a queue.
   *
   * @param reader returns at once and throws nothing
   */
  GenerationTask generation(GenerationRequest request, Consumer<Token> reader) {
    RoutingMode mode = causal(request.routing());
    request.requireVocabulary(config.vocabularySize());
    int[] prompt = tokens.of("prompt", request.prompt(), request.promptTokens());
    int[] endTokens =
        request.ignoresEndOfText()
            ? new int[0]
            : model.endTokens().stream().mapToInt(Integer::intValue).toArray();
    return new GenerationTask(
        request,
        new GenerationTask.Limits(options.contextSize(), endTokens, config.recursionCount()),
        prompt,
        new Sequence(prompt, mode, promptOptions(SequenceOptions.NEWEST)),
        new GenerationTask.Output(sampler(request), decoder(request, prompt), reader));
  }

  /** A task whose tokens go to a callback of the application. */
  GenerationTask generationWithCallback(GenerationRequest request, Consumer<Token> callback) {
    return generation(
        request,
        token -> {
          calls.begin();
          try {
            callback.accept(token);
          } finally {
            calls.end();
          }
        });
  }

  PrefixTask prefix(String text) {
    return prefix(tokens.encoded("prefix", text), RoutingMode.TRAINED);
  }

  PrefixTask prefix(int[] prefix, RoutingMode routing) {
    if (prefix.length == 0) {
      throw new InvalidConfigException("prefix", "at least 1 token", "none");
    }
    tokens.checked("prefix", prefix);
    return new PrefixTask(new Sequence(prefix, causal(routing), promptOptions(prefix.length)));
  }

  EvaluationTask evaluation(EvaluationRequest request, int firstOutput, EvaluationReader reader) {
    int[] checked = tokens.checked("tokens", request.tokens());
    Sequence sequence =
        fixedSequence(
            checked,
            request.routing(),
            request.chunkSize(),
            Math.max(0, firstOutput),
            Output.LOGITS);
    return new EvaluationTask(
        sequence,
        config.vocabularySize(),
        rows -> {
          calls.begin();
          try {
            reader.accept(rows);
          } finally {
            calls.end();
          }
        });
  }

  /** Collects the results of an evaluation whose tokens fit the context. */
  EvaluationCollector collector(EvaluationRequest request) {
    return new EvaluationCollector(config, tokens.checked("tokens", request.tokens()).length);
  }

  EmbeddingTask embedding(EmbeddingRequest request) {
    int[] text = tokens.of("text", request.text(), request.tokens());
    int firstOutput = HiddenPool.firstWanted(request.pooling());
    Sequence sequence = fixedSequence(text, request.routing(), 0, firstOutput, Output.HIDDEN);
    return new EmbeddingTask(request, sequence, config.embeddingLength());
  }

  private SequenceOptions promptOptions(int firstOutput) {
    return new SequenceOptions(options.limits().prefillRows(), false, firstOutput);
  }

  /**
   * A sequence to which no tokens are added.
   *
   * @param chunkLimit maximum number of tokens of a chunk; 0 for as many as fit a batch
   * @param firstOutput position of the first token whose results are needed
   */
  private Sequence fixedSequence(
      int[] ids, RoutingMode routing, int chunkLimit, int firstOutput, Output output) {
    RoutingMode mode = routing.resolve(config);
    int batchSize = options.limits().prefillRows();
    int chunkSize = chunkLimit == 0 ? batchSize : Math.min(chunkLimit, batchSize);
    boolean isCausal = mode.isCausal(config);
    if (!isCausal && chunkSize < ids.length) {
      throw new InvalidConfigException(
          "routing",
          "trained or fixed:N for a sequence that is computed in chunks (top-k selects among all %s tokens at once)"
              .formatted(ids.length),
          "top-k in chunks of " + chunkSize);
    }
    return new Sequence(ids, mode, new SequenceOptions(chunkSize, !isCausal, firstOutput, output));
  }

  private RoutingMode causal(RoutingMode routing) {
    RoutingMode mode = routing.resolve(config);
    if (!mode.isCausal(config)) {
      throw new InvalidConfigException(
          "routing", "trained or fixed:N for generation (top-k is not causal)", "top-k");
    }
    return mode;
  }

  private Sampler sampler(GenerationRequest request) {
    try {
      SequenceBreakers breakers = model.breakers(request.sampling().dry());
      Sampler sampler = Sampler.of(request.sampling(), breakers, request.customRules());
      return request.customRules().isEmpty() ? sampler : new ApplicationSampler(sampler, calls);
    } catch (IOException failure) {
      throw new EngineException(String.valueOf(failure.getMessage()), failure);
    }
  }

  /** A sampler that calls filters or rules of the application. */
  private record ApplicationSampler(Sampler sampler, ApplicationCalls calls) implements Sampler {
    @Override
    public boolean isGreedy() {
      return sampler.isGreedy();
    }

    @Override
    public int sample(float[] logits, int offset, int length, TokenHistory history) {
      calls.begin();
      try {
        return sampler.sample(logits, offset, length, history);
      } finally {
        calls.end();
      }
    }
  }

  private TokenDecoder decoder(GenerationRequest request, int[] prompt) {
    try {
      Tokenizer tokenizer = model.tokenizer();
      // After control tokens alone, such as BOS, the generated text is the start of the text.
      boolean continuesText = Arrays.stream(prompt).anyMatch(id -> !tokenizer.isSpecial(id));
      return tokenizer.decoder(new DecodingOptions(continuesText, request.showsControlTokens()));
    } catch (IOException | EngineException failure) {
      if (request.needsNoText()) {
        return TokenDecoder.withoutTokenizer();
      }
      throw new EngineException(String.valueOf(failure.getMessage()), failure);
    }
  }
}
