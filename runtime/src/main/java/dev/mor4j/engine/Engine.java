package dev.mor4j.engine;

import dev.mor4j.batch.Output;
import dev.mor4j.batch.Sequence;
import dev.mor4j.batch.SequenceOptions;
import dev.mor4j.ggml.CancelFlag;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.placement.Placement;
import dev.mor4j.sampling.Sampler;
import dev.mor4j.sampling.SequenceBreakers;
import dev.mor4j.tokenizer.DecodingOptions;
import dev.mor4j.tokenizer.TokenDecoder;
import dev.mor4j.tokenizer.Tokenizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Computes with a model: owns one thread that alone touches backend, graphs and cache. Requests
 * come from any thread, virtual ones too; as many as {@link EngineBuilder#parallel} allows run
 * together, in the order of their arrival, the others wait.
 */
public final class Engine implements AutoCloseable {
  /** Types that keys and values can be stored in. */
  public static final List<TensorType> KV_TYPES = KvTypes.ALLOWED;

  private final Model model;
  private final EngineOptions options;
  private final Foothold foothold;
  private final CancelFlag cancelFlag = new CancelFlag();
  private final BlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
  private final CompletableFuture<EngineLoop> ready = new CompletableFuture<>();
  private final AtomicInteger openRequests = new AtomicInteger();
  private final Thread thread;
  private final Thread shutdownHook;
  private final Object lock = new Object();
  private boolean isClosed;

  /** Whether the thread takes commands no more. */
  private boolean isOver;

  Engine(Model model, EngineOptions options) {
    this.model = model;
    this.options = options;
    foothold = new Foothold(model);
    thread = Thread.ofPlatform().name("mor-engine").unstarted(this::work);
    shutdownHook = new Thread(this::close, "mor-engine-shutdown");
    thread.start();
    model.readAhead();
    try {
      ready.join();
    } catch (CompletionException failure) {
      foothold.release();
      cancelFlag.close();
      throw unwrapped(failure);
    }
    // ggml's threads must not compute while the process ends under them.
    Runtime.getRuntime().addShutdownHook(shutdownHook);
  }

  /** Starts to set up an engine for a model, which must be closed later than the engine. */
  public static EngineBuilder builder(Model model) {
    return new EngineBuilder(model);
  }

  /** Most tokens of a sequence, prompt and text together. */
  public int contextSize() {
    return options.contextSize();
  }

  /** Sequences that run at a time. */
  public int parallel() {
    return options.limits().sequences();
  }

  /** Which device each part of the model is on for this engine. */
  public Placement placement() {
    return foothold.placement();
  }

  /**
   * What did not fit the device and is on the CPU instead, with what it needed and what was free; a
   * line, or none. Only where the choice of device was left open: else it is an error.
   */
  public List<String> warnings() {
    return foothold.warnings();
  }

  /**
   * Starts to write; returns at once.
   *
   * @throws InvalidConfigException if the prompt does not fit the context, the routing does not fit
   *     the model, or a token id is none of the model's
   * @throws EngineException if the model has no tokenizer that can be used, or too many requests
   *     wait
   */
  public TokenStream generate(GenerationRequest request) {
    TaskHandle handle = new TaskHandle();
    TokenStream stream = new TokenStream(handle::cancel);
    handle.task = begin(request, stream.sink());
    return stream;
  }

  /**
   * Starts to write; returns at once.
   *
   * @param reader gets each token, on the engine's thread: it must return at once, as all others
   *     wait for it, and may neither close the engine nor wait for it; what it throws ends the
   *     generation
   * @return the outcome, completed on a virtual thread; cancelling it ends the generation
   * @throws InvalidConfigException as {@link #generate(GenerationRequest)}
   * @throws EngineException as {@link #generate(GenerationRequest)}
   */
  public CompletableFuture<GenerationStatistics> generate(
      GenerationRequest request, Consumer<Token> reader) {
    CallbackSink sink = new CallbackSink(reader);
    EngineTask task = begin(request, sink);
    var _ = sink.outcome().whenComplete((outcome, failure) -> task.cancel());
    return sink.outcome();
  }

  /**
   * Text for reactive code: each subscriber starts a generation of its own, gets tokens as it asks
   * for them, on a virtual thread, and ends the generation when it cancels.
   */
  public Flow.Publisher<Token> publish(GenerationRequest request) {
    return new TokenPublisher(() -> generate(request));
  }

  /**
   * Reads the beginning of prompts to come and keeps its keys and values; waits until it is read.
   *
   * @param text what prompts will begin with; ended so that their tokens begin alike too
   * @throws InvalidConfigException if it does not fit the context
   * @throws EngineException if too many requests wait
   */
  public PromptPrefix keepPrefix(String text) {
    return keepPrefix(encoded(text), RoutingMode.TRAINED);
  }

  /**
   * As {@link #keepPrefix(String)}, for prompts of token ids.
   *
   * @param tokens ids that prompts will begin with, at least one
   * @param routing of the requests to come: others do not share the prefix
   * @throws InvalidConfigException if it does not fit the context, there is none, a token id is
   *     none of the model's, or the routing looks ahead
   * @throws EngineException if too many requests wait
   */
  public PromptPrefix keepPrefix(int[] tokens, RoutingMode routing) {
    if (tokens.length == 0) {
      throw new InvalidConfigException("prefix", "1 token or more", "none");
    }
    requireOtherThread();
    requireFits("prefix", tokens, options.contextSize());
    Sequence sequence =
        new Sequence(
            tokens,
            causal(routing),
            new SequenceOptions(options.limits().prefillRows(), false, tokens.length));
    PrefixTask task = new PrefixTask(sequence);
    submit(task);
    await(task.outcome());
    return new PromptPrefix(tokens.length, () -> command(loop -> loop.drop(sequence)));
  }

  /** How things stand, between two turns of the batch. */
  public EngineMetrics metrics() {
    requireOtherThread();
    return await(metricsAfterTurn());
  }

  /**
   * How things stand at the end of the turn of the batch that runs now, for those who must not
   * wait, as a reader of tokens; completed on the engine's thread.
   */
  public CompletableFuture<EngineMetrics> metricsAfterTurn() {
    CompletableFuture<EngineMetrics> answer = new CompletableFuture<>();
    if (!command(loop -> answer.complete(loop.metrics()))) {
      throw new IllegalStateException("the engine is closed");
    }
    return answer;
  }

  /** Id of the engine's one thread, for the tools of the JDK. */
  public long threadId() {
    return thread.threadId();
  }

  private EngineTask begin(GenerationRequest request, TokenSink sink) {
    MorConfig config = model.config();
    RoutingMode mode = causal(request.routing());
    request.requireVocabulary(config.vocabularySize());
    int[] prompt = prompt(request);
    Sequence sequence =
        new Sequence(
            prompt,
            mode,
            new SequenceOptions(options.limits().prefillRows(), false, SequenceOptions.NEWEST));
    GenerationTask task =
        new GenerationTask(
            request,
            new GenerationTask.Limits(
                config.vocabularySize(),
                options.contextSize(),
                request.ignoresEndOfText()
                    ? new int[0]
                    : model.endTokens().stream().mapToInt(Integer::intValue).toArray(),
                config.recursionCount()),
            prompt,
            sequence,
            sampler(request),
            decoder(request, prompt),
            sink);
    submit(task);
    return task;
  }

  private Sampler sampler(GenerationRequest request) {
    try {
      SequenceBreakers breakers = model.breakers(request.sampling().dry());
      return Sampler.of(request.sampling(), breakers, request.customRules());
    } catch (IOException failure) {
      throw new EngineException(String.valueOf(failure.getMessage()), failure);
    }
  }

  private RoutingMode causal(RoutingMode routing) {
    RoutingMode mode = routing.resolve(model.config());
    if (!mode.isCausal(model.config())) {
      throw new InvalidConfigException(
          "routing", "trained or fixed:N for writing (top-k looks ahead)", "top-k");
    }
    return mode;
  }

  private int[] prompt(GenerationRequest request) {
    if (request.promptTokens().isEmpty()) {
      return encoded(request.prompt());
    }
    int[] tokens = request.promptTokens().stream().mapToInt(Integer::intValue).toArray();
    requireFits("prompt", tokens, options.contextSize());
    return tokens;
  }

  private int[] encoded(String text) {
    try {
      int[] tokens = model.encode(text);
      requireFits("prompt", tokens, options.contextSize());
      return tokens;
    } catch (IOException failure) {
      throw new EngineException(String.valueOf(failure.getMessage()), failure);
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

  /** Breaks the circle of stream and task: each needs the other. */
  private static final class TaskHandle {
    private volatile @Nullable EngineTask task;

    void cancel() {
      EngineTask begun = task;
      if (begun != null) {
        begun.cancel();
      }
    }
  }

  /**
   * Takes one sequence through the model; waits for the outcome.
   *
   * @throws InvalidConfigException if the sequence does not fit the context, a token is none of the
   *     model's, or top-k routing is asked for in chunks
   */
  public Evaluation evaluate(EvaluationRequest request) {
    int[] tokens = request.tokens();
    requireFits("tokens", tokens, options.contextSize());
    EvaluationCollector collector = new EvaluationCollector(model.config(), tokens.length);
    evaluate(request, 0, collector);
    return collector.evaluation();
  }

  /**
   * Takes one sequence through the model and shows its numbers as they come, so that no more than
   * one chunk's logits are held; waits for the end.
   *
   * @param firstOutput position from which on logits are wanted
   * @param reader called on the engine's thread; what it throws is thrown here
   * @throws InvalidConfigException as {@link #evaluate(EvaluationRequest)}
   */
  public void evaluate(EvaluationRequest request, int firstOutput, EvaluationReader reader) {
    requireOtherThread();
    int[] tokens = request.tokens();
    requireFits("tokens", tokens, options.contextSize());
    int first = Math.max(0, firstOutput);
    Sequence sequence =
        readSequence(tokens, request.routing(), request.chunkSize(), first, Output.LOGITS);
    EvaluationTask task = new EvaluationTask(sequence, model.config().vocabularySize(), reader);
    submit(task);
    await(task.outcome());
  }

  /** A sequence that nothing is added to. */
  private Sequence readSequence(
      int[] tokens, RoutingMode routing, int chunkLimit, int firstOutput, Output output) {
    MorConfig config = model.config();
    RoutingMode mode = routing.resolve(config);
    int most = options.limits().prefillRows();
    int chunkSize = chunkLimit == 0 ? most : Math.min(chunkLimit, most);
    if (!mode.isCausal(config) && chunkSize < tokens.length) {
      throw new InvalidConfigException(
          "routing",
          "trained or fixed:N for a sequence in chunks (top-k needs all %d tokens at once)"
              .formatted(tokens.length),
          "top-k in chunks of " + chunkSize);
    }
    return new Sequence(
        tokens, mode, new SequenceOptions(chunkSize, !mode.isCausal(config), firstOutput, output));
  }

  /**
   * Starts to compute what a text means to the model: its last hidden states, after the final norm
   * and before the head, which is left out. Returns at once.
   *
   * @return the outcome, completed on a virtual thread; cancelling it ends the work. It fails with
   *     an {@link EngineException} if the time limit is over or the engine closes
   * @throws InvalidConfigException if the text does not fit the context, the routing does not fit
   *     the model or asks for more tokens at once than the engine takes, or a token id is none of
   *     the model's
   * @throws EngineException if the model has no tokenizer that can be used, or too many requests
   *     wait
   */
  public CompletableFuture<Embedding> embed(EmbeddingRequest request) {
    int[] tokens =
        request.tokens().isEmpty()
            ? encoded(request.text())
            : request.tokens().stream().mapToInt(Integer::intValue).toArray();
    requireFits("tokens", tokens, options.contextSize());
    int first = HiddenPool.firstWanted(request.pooling());
    Sequence sequence = readSequence(tokens, request.routing(), 0, first, Output.HIDDEN);
    EmbeddingTask task = new EmbeddingTask(request, sequence, model.config().embeddingLength());
    submit(task);
    var _ = task.outcome().whenComplete((outcome, failure) -> task.cancel());
    return task.outcome();
  }

  private void requireFits(String what, int[] tokens, int most) {
    if (tokens.length > most) {
      throw new InvalidConfigException(
          what, "at most %d tokens (the context, -c)".formatted(most), tokens.length + " tokens");
    }
    int vocabulary = model.config().vocabularySize();
    for (int token : tokens) {
      if (token < 0 || token >= vocabulary) {
        throw new InvalidConfigException(
            what, "token ids 0.." + (vocabulary - 1), String.valueOf(token));
      }
    }
  }

  private void submit(EngineTask task) {
    int most = options.queueSize() + options.limits().sequences();
    if (openRequests.incrementAndGet() > most) {
      openRequests.decrementAndGet();
      throw new EngineException(
          "the engine has %d requests already: wait for some to end, or allow more"
              .formatted(most));
    }
    task.onLeaving(openRequests::decrementAndGet);
    if (!command(loop -> loop.begin(task))) {
      throw new IllegalStateException("the engine is closed");
    }
  }

  /** Has something done on the engine's thread, unless the engine is closed. */
  private boolean command(Consumer<EngineLoop> action) {
    synchronized (lock) {
      if (isClosed || isOver) {
        return false;
      }
      inbox.add(() -> action.accept(ready.join()));
      return true;
    }
  }

  private void work() {
    try (Workbench bench = foothold.open(options, cancelFlag)) {
      EngineLoop loop = new EngineLoop(inbox, bench, model::explanation);
      ready.complete(loop);
      run(loop);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error failure) {
      ready.completeExceptionally(failure);
    }
  }

  /** However the loop ends, nobody waits for what is not done any more. */
  private void run(EngineLoop loop) throws InterruptedException {
    try {
      loop.run();
    } finally {
      synchronized (lock) {
        isOver = true;
      }
      loop.endAll();
    }
  }

  /** Waits without end; an interrupt is kept for later, as the engine ends what it began. */
  private static <T> T await(CompletableFuture<T> outcome) {
    try {
      return outcome.join();
    } catch (CompletionException failure) {
      throw unwrapped(failure);
    }
  }

  private static RuntimeException unwrapped(CompletionException failure) {
    return failure.getCause() instanceof RuntimeException cause
        ? cause
        : new EngineException(String.valueOf(failure.getCause()), failure);
  }

  private void requireOtherThread() {
    if (Thread.currentThread() == thread) {
      throw new IllegalStateException(
          "a callback runs on the engine's thread, so it cannot close the engine or wait for it:"
              + " do that on another thread");
    }
  }

  /**
   * Ends what runs, waits for the engine's thread, and frees its memory.
   *
   * @throws IllegalStateException in a callback of {@link #generate(GenerationRequest, Consumer)}
   */
  @Override
  public void close() {
    requireOtherThread();
    synchronized (lock) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      cancelFlag.cancel();
      inbox.add(() -> ready.join().stop());
    }
    joinThread();
    cancelFlag.close();
    foothold.release();
    if (Thread.currentThread() != shutdownHook) {
      removeShutdownHook();
    }
  }

  private void joinThread() {
    boolean isInterrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException interrupted) {
        isInterrupted = true;
      }
    }
    if (isInterrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void removeShutdownHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException shuttingDown) {
      // The process ends already; the hook finds the engine closed.
    }
  }
}
