package dev.mor4j.engine;

import dev.mor4j.ggml.CancelFlag;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.tokenizer.TokenDecoder;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Computes with a model: owns one thread that alone touches backend, graphs and cache. Requests
 * come from any thread, virtual ones too, and are served in the order of their arrival.
 */
public final class Engine implements AutoCloseable {
  /** Types that keys and values can be stored in. */
  public static final List<TensorType> KV_TYPES = KvTypes.ALLOWED;

  private final Model model;
  private final EngineOptions options;
  private final CancelFlag cancelFlag = new CancelFlag();
  private final BlockingQueue<EngineJob> queue = new LinkedBlockingQueue<>();
  private final Thread thread;
  private final Thread shutdownHook;
  private final Object lock = new Object();

  /** What the thread works on; guarded by the lock, so that a cancel never hits the next job. */
  private EngineJob current = Idle.JOB;

  private boolean isClosed;

  private Engine(Model model, EngineOptions options) {
    this.model = model;
    this.options = options;
    model.retain();
    CompletableFuture<Void> ready = new CompletableFuture<>();
    thread = Thread.ofPlatform().name("mor-engine").unstarted(() -> work(ready));
    shutdownHook = new Thread(this::close, "mor-engine-shutdown");
    thread.start();
    try {
      ready.join();
    } catch (CompletionException failure) {
      model.release();
      cancelFlag.close();
      throw unwrapped(failure);
    }
    // ggml's threads must not compute while the process ends under them.
    Runtime.getRuntime().addShutdownHook(shutdownHook);
  }

  /** Starts to set up an engine for a model, which must be closed later than the engine. */
  public static Builder builder(Model model) {
    return new Builder(model);
  }

  /** Sets up an engine. */
  public static final class Builder {
    /** More is seldom wanted by default and costs memory: ask for it. */
    private static final int USUAL_CONTEXT = 4096;

    private static final int USUAL_BATCH = 512;

    private final Model model;
    private int contextSize;
    private int threadCount;
    private TensorType keyType = TensorType.F16;
    private TensorType valueType = TensorType.F16;
    private int batchSize = USUAL_BATCH;

    private Builder(Model model) {
      this.model = model;
      contextSize = Math.min(model.config().contextLength(), USUAL_CONTEXT);
      threadCount = Processors.threadsFor(model.sizeBytes());
    }

    /** Most tokens of a sequence; the model's own context length, at most 4096, if not said. */
    public Builder contextSize(int tokens) {
      contextSize = tokens;
      return this;
    }

    /** Threads that compute; at most the physical cores, fewer for small models, if not said. */
    public Builder threads(int count) {
      threadCount = count;
      return this;
    }

    /** How keys are stored: F32, F16, BF16, Q8_0 or Q4_0; F16 if not said. */
    public Builder keyType(TensorType type) {
      keyType = type;
      return this;
    }

    /** How values are stored, as {@link #keyType}. */
    public Builder valueType(TensorType type) {
      valueType = type;
      return this;
    }

    /** Most tokens of a prompt that are computed at a time; 512 if not said. */
    public Builder batchSize(int tokens) {
      batchSize = tokens;
      return this;
    }

    /**
     * Starts the engine's thread and takes its memory.
     *
     * @throws InvalidConfigException if an option is out of range
     * @throws EngineException if memory is short
     */
    public Engine build() {
      return new Engine(
          model,
          new EngineOptions(
              contextSize, threadCount, keyType, valueType, Math.min(batchSize, contextSize)));
    }
  }

  /** Most tokens of a sequence, prompt and text together. */
  public int contextSize() {
    return options.contextSize();
  }

  /**
   * Starts to write; returns at once.
   *
   * @throws InvalidConfigException if the prompt does not fit the context, or the routing does not
   *     fit the model
   * @throws EngineException if the model has no tokenizer that can be used
   */
  public TokenStream generate(GenerationRequest request) {
    MorConfig config = model.config();
    RoutingMode mode = request.routing().resolve(config);
    if (!mode.isCausal(config)) {
      throw new InvalidConfigException(
          "routing", "trained or fixed:N for writing (top-k looks ahead)", "top-k");
    }
    int[] prompt;
    TokenDecoder decoder;
    try {
      prompt = model.encode(request.prompt());
      decoder = model.tokenizer().decoder();
    } catch (IOException failure) {
      throw new EngineException(String.valueOf(failure.getMessage()), failure);
    }
    requireFits("prompt", prompt, options.contextSize());
    GenerationHandle handle = new GenerationHandle();
    TokenStream stream = new TokenStream(() -> cancel(handle));
    handle.job = new GenerationJob(model, prompt, request, mode, decoder, stream);
    submit(handle.job);
    return stream;
  }

  /** Breaks the circle of stream and job: each needs the other. */
  private static final class GenerationHandle {
    private EngineJob job = Idle.JOB;
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
    MorConfig config = model.config();
    RoutingMode mode = request.routing().resolve(config);
    int[] tokens = request.tokens();
    requireFits("tokens", tokens, options.contextSize());
    int chunkSize =
        request.chunkSize() == 0
            ? options.batchSize()
            : Math.min(request.chunkSize(), options.batchSize());
    if (!mode.isCausal(config) && chunkSize < tokens.length) {
      throw new InvalidConfigException(
          "routing",
          "trained or fixed:N for a sequence in chunks (top-k needs all %d tokens at once)"
              .formatted(tokens.length),
          "top-k in chunks of " + chunkSize);
    }
    EvaluationJob job = new EvaluationJob(tokens, firstOutput, mode, chunkSize, reader);
    submit(job);
    try {
      job.outcome().join();
    } catch (CompletionException failure) {
      throw unwrapped(failure);
    }
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

  private void submit(EngineJob job) {
    synchronized (lock) {
      if (isClosed) {
        throw new IllegalStateException("the engine is closed");
      }
      queue.add(job);
    }
  }

  @SuppressWarnings("ReferenceEquality") // this very job, not one like it
  private void cancel(GenerationHandle handle) {
    synchronized (lock) {
      handle.job.markCancelled();
      if (current == handle.job && !isClosed) {
        cancelFlag.cancel();
      }
    }
  }

  private void work(CompletableFuture<Void> ready) {
    try (Workbench bench = new Workbench(model, options, cancelFlag)) {
      ready.complete(null);
      for (EngineJob job = queue.take(); !(job instanceof Idle); job = queue.take()) {
        begin(job);
        runSafely(job, bench);
        begin(Idle.JOB);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error failure) {
      ready.completeExceptionally(failure);
    }
    for (EngineJob job = queue.poll(); job != null; job = queue.poll()) {
      job.fail(new EngineException("the engine was closed"));
    }
  }

  private void begin(EngineJob job) {
    synchronized (lock) {
      current = job;
      if (!isClosed) {
        cancelFlag.reset();
      }
    }
  }

  private static void runSafely(EngineJob job, Workbench bench) {
    try {
      job.run(bench);
    } catch (RuntimeException failure) {
      job.fail(failure);
    } catch (Error failure) {
      job.fail(new EngineException("the engine failed: " + failure, failure));
    }
  }

  private static RuntimeException unwrapped(CompletionException failure) {
    return failure.getCause() instanceof RuntimeException cause
        ? cause
        : new EngineException(String.valueOf(failure.getCause()), failure);
  }

  /** Ends what runs, waits for the engine's thread, and frees its memory. */
  @Override
  public void close() {
    synchronized (lock) {
      if (isClosed) {
        return;
      }
      isClosed = true;
      current.markCancelled();
      queue.forEach(EngineJob::markCancelled);
      cancelFlag.cancel();
      queue.add(Idle.JOB);
    }
    joinThread();
    cancelFlag.close();
    model.release();
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

  /** Nothing to do; as the last entry of the queue it ends the thread. */
  private static final class Idle extends EngineJob {
    static final EngineJob JOB = new Idle();

    @Override
    void run(Workbench bench) {
      throw new IllegalStateException("idle is no work");
    }

    @Override
    void fail(RuntimeException cause) {}
  }
}
