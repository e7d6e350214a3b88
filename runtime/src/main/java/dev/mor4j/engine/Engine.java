package dev.mor4j.engine;

import dev.mor4j.ggml.CancelFlag;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.placement.Placement;
import dev.mor4j.sampling.NonFiniteException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Generates text, embeddings and logits with a model. An engine owns one platform thread, {@code
 * mor-engine}, which alone uses the backends, the graphs and the K/V cache. Requests may be
 * submitted from any thread, virtual threads included. Up to {@link EngineBuilder#parallel} of them
 * run together, in the order of submission; the others wait in a queue.
 *
 * <h2>Callbacks</h2>
 *
 * Token callbacks, evaluation readers, token filters and sampling rules run on the engine's thread,
 * between computations: all requests wait for them. What they throw ends their own request only,
 * and an interrupt flag that they leave set is cleared. Futures of results are completed on virtual
 * threads, so actions that depend on them may block or close the engine.
 *
 * <h2>Process exit</h2>
 *
 * While an engine is open, a shutdown hook stops its computation before the process ends, because
 * native threads must not compute during exit. The hook does not wait for code of the application:
 * a callback may call {@link System#exit}, and one that blocks does not keep the process from
 * ending on SIGTERM. It waits at most 10 seconds for a native operation that does not stop, on a
 * device that ignores cancellation for example.
 *
 * <h2>Memory</h2>
 *
 * Memory for keys and values, for the residual stream and for the graphs of the largest batch is
 * estimated and allocated when the engine starts; if it does not fit, {@link EngineBuilder#build}
 * fails with one line. Three things cannot be guaranteed. Linux commits host memory on first use,
 * so memory that was granted can be missing later, and the kernel then ends a process of its
 * choice. ggml also allocates small structures on the host while it plans a graph, and aborts the
 * process if that fails. Estimates are taken before other processes allocate.
 *
 * <h2>Logging</h2>
 *
 * The library logs through {@link System.Logger}, at level {@code DEBUG} only, so nothing is
 * printed by default: {@code dev.mor4j.natives} (where native libraries were loaded from), {@code
 * dev.mor4j.placement} (the choice of device), {@code dev.mor4j.engine} (start, fallbacks to the
 * CPU, preemptions, exit).
 */
public final class Engine implements AutoCloseable {
  /** Types in which keys and values can be stored. */
  public static final List<TensorType> KV_TYPES = KvTypes.ALLOWED;

  /** How long the shutdown hook waits for native code to stop. */
  private static final Duration EXIT_LIMIT = Duration.ofSeconds(10);

  private static final Logger LOGGER = System.getLogger("dev.mor4j.engine");

  private final EngineOptions options;
  private final PlacementFallback weights;
  private final CancelFlag cancelFlag;
  private final ApplicationCalls calls = new ApplicationCalls();
  private final TaskFactory tasks;
  private final BlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
  private final CompletableFuture<EngineLoop> ready = new CompletableFuture<>();
  private final Function<NonFiniteException, RuntimeException> explanation;
  private final AtomicInteger openRequests = new AtomicInteger();

  /** Whether the engine's thread has ended; false if the process ends before it does. */
  private final CompletableFuture<Boolean> isEnded = new CompletableFuture<>();

  private final Thread thread = Thread.ofPlatform().name("mor-engine").unstarted(this::work);
  private final Thread shutdownHook = new Thread(this::stopAtExit, "mor-engine-shutdown");
  private final Object lock = new Object();
  private boolean isClosed;

  /** Whether the engine's thread has stopped taking commands. */
  private boolean isOver;

  private Engine(Model model, EngineOptions options) {
    this.options = options;
    explanation = model::explanation;
    tasks = new TaskFactory(model, options, calls);
    cancelFlag = new CancelFlag();
    try {
      weights = new PlacementFallback(model);
    } catch (RuntimeException | Error failure) {
      cancelFlag.close();
      throw failure;
    }
  }

  /**
   * Starts an engine. If that fails, no thread and no memory of it remain.
   *
   * @throws EngineException if there is not enough memory
   */
  static Engine start(Model model, EngineOptions options) {
    Engine engine = new Engine(model, options);
    try {
      engine.thread.start();
      model.readAhead();
      engine.ready.join();
      Runtime.getRuntime().addShutdownHook(engine.shutdownHook);
      return engine;
    } catch (CompletionException failure) {
      engine.abandon();
      throw unwrapped(failure);
    } catch (RuntimeException | Error failure) {
      engine.abandon();
      throw failure;
    }
  }

  /** Creates a builder of engines for a model. The model may be closed before its engines. */
  public static EngineBuilder builder(Model model) {
    return new EngineBuilder(model);
  }

  /** Maximum number of tokens of a sequence, prompt and generated text together. */
  public int contextSize() {
    return options.contextSize();
  }

  /** Maximum number of sequences that run at the same time. */
  public int parallel() {
    return options.limits().sequences();
  }

  /** The device of each part of the model, for this engine. */
  public Placement placement() {
    return weights.placement();
  }

  /**
   * One line if the engine did not fit the device and parts of the model moved to the CPU: what was
   * needed, what was free, and the placement that resulted. Empty otherwise, and if a device was
   * named, where not fitting is an error.
   */
  public List<String> warnings() {
    return weights.warnings();
  }

  /**
   * Submits a request; returns at once.
   *
   * @return the stream of generated tokens
   * @throws InvalidConfigException if the prompt does not fit the context, the routing does not fit
   *     the model, or a token id is not in the vocabulary
   * @throws EngineBusyException if the queue is full
   * @throws EngineException if the model has no usable tokenizer
   */
  public TokenStream generate(GenerationRequest request) {
    TokenStream stream = new TokenStream();
    GenerationTask task = tasks.generation(request, stream::add);
    var _ = submit(task);
    stream.follow(task);
    return stream;
  }

  /**
   * Submits a request whose tokens go to a callback; returns at once.
   *
   * @param callback receives each token on the engine's thread. All requests wait for it, so it
   *     must return quickly; it can neither close the engine nor wait for it. An exception ends
   *     this generation
   * @return the outcome, completed on a virtual thread; cancelling it ends the generation
   * @throws InvalidConfigException as {@link #generate(GenerationRequest)}
   * @throws EngineException as {@link #generate(GenerationRequest)}
   */
  public CompletableFuture<GenerationStatistics> generate(
      GenerationRequest request, Consumer<Token> callback) {
    return submit(tasks.generationWithCallback(request, callback));
  }

  /**
   * Publishes generated tokens to reactive code. Each subscription starts a generation of its own.
   * Tokens are delivered on a virtual thread as the subscriber requests them, and cancelling the
   * subscription ends the generation.
   */
  public Flow.Publisher<Token> publish(GenerationRequest request) {
    return new TokenPublisher(() -> generate(request));
  }

  /**
   * Computes a prompt prefix and keeps its keys and values for later requests; waits until it is
   * computed.
   *
   * @param text the start of later prompts. End it where a token ends, at a line break for example:
   *     prompts share the prefix as far as their tokens are equal
   * @throws InvalidConfigException if it does not fit the context
   * @throws EngineBusyException if the queue is full
   */
  public PromptPrefix keepPrefix(String text) {
    requireOtherThread();
    return keep(tasks.prefix(text));
  }

  /**
   * As {@link #keepPrefix(String)}, for prompts of token ids.
   *
   * @param tokens at least one id
   * @param routing the routing of the later requests; requests with another routing do not share
   *     the prefix
   * @throws InvalidConfigException if the prefix is empty or does not fit the context, a token id
   *     is not in the vocabulary, or the routing is not causal
   * @throws EngineBusyException if the queue is full
   */
  public PromptPrefix keepPrefix(int[] tokens, RoutingMode routing) {
    requireOtherThread();
    return keep(tasks.prefix(tokens, routing));
  }

  private PromptPrefix keep(PrefixTask task) {
    var sequence = await(submit(task));
    return new PromptPrefix(sequence.size(), () -> command(loop -> loop.drop(sequence)));
  }

  /**
   * Evaluates one sequence and collects all of its results; waits for them.
   *
   * @throws InvalidConfigException if the sequence does not fit the context, a token id is not in
   *     the vocabulary, or top-k routing is requested for a sequence in chunks
   * @throws EngineBusyException if the queue is full
   */
  public Evaluation evaluate(EvaluationRequest request) {
    EvaluationCollector collector = tasks.collector(request);
    evaluate(request, 0, collector);
    return collector.evaluation();
  }

  /**
   * Evaluates one sequence and passes the results to a reader chunk by chunk, so that the logits of
   * one chunk at a time are in memory; waits for the end.
   *
   * @param firstOutput position of the first token whose logits are needed
   * @param reader called on the engine's thread; an exception ends the evaluation and is thrown
   *     here
   * @throws InvalidConfigException as {@link #evaluate(EvaluationRequest)}
   * @throws EngineBusyException if the queue is full
   */
  public void evaluate(EvaluationRequest request, int firstOutput, EvaluationReader reader) {
    requireOtherThread();
    var _ = await(submit(tasks.evaluation(request, firstOutput, reader)));
  }

  /**
   * Computes the embedding of a text: its last hidden states after the final norm; the head is not
   * computed. Returns at once.
   *
   * @return the outcome, completed on a virtual thread; cancelling it ends the computation. It
   *     fails with an {@link EngineException} if the time limit is exceeded or the engine is closed
   * @throws InvalidConfigException if the text does not fit the context, the routing does not fit
   *     the model or needs more tokens at once than a batch has, or a token id is not in the
   *     vocabulary
   * @throws EngineBusyException if the queue is full
   * @throws EngineException if the model has no usable tokenizer
   */
  public CompletableFuture<Embedding> embed(EmbeddingRequest request) {
    return submit(tasks.embedding(request));
  }

  /** The state of the engine between two turns of its batch loop; waits for the current turn. */
  public EngineMetrics metrics() {
    requireOtherThread();
    return await(metricsAfterTurn());
  }

  /**
   * The state of the engine after the current turn of its batch loop, for callers that must not
   * wait, such as token callbacks. The future is completed on the engine's thread, before the next
   * turn: actions that depend on it are callbacks.
   */
  public CompletableFuture<EngineMetrics> metricsAfterTurn() {
    CompletableFuture<EngineMetrics> answer = new CompletableFuture<>();
    requireAccepted(
        command(
            loop -> {
              EngineMetrics metrics = loop.metrics();
              calls.begin();
              try {
                answer.complete(metrics);
              } finally {
                calls.end();
              }
            }));
    return answer;
  }

  /** Id of the engine's thread, for diagnostic tools. */
  public long threadId() {
    return thread.threadId();
  }

  private <R> CompletableFuture<R> submit(EngineTask<R> task) {
    int limit = options.queueSize() + options.limits().sequences();
    if (openRequests.incrementAndGet() > limit) {
      openRequests.decrementAndGet();
      throw new EngineBusyException(limit);
    }
    task.onRelease(openRequests::decrementAndGet);
    requireAccepted(command(loop -> loop.begin(task)));
    return task.outcome();
  }

  /** Queues an action for the engine's thread; returns false if the engine is closed. */
  private boolean command(Consumer<EngineLoop> action) {
    synchronized (lock) {
      if (isClosed || isOver) {
        return false;
      }
      inbox.add(() -> action.accept(ready.join()));
      return true;
    }
  }

  private static void requireAccepted(boolean isAccepted) {
    if (!isAccepted) {
      throw new IllegalStateException("the engine is closed");
    }
  }

  /** The engine's thread. */
  private void work() {
    calls.start();
    try (EngineResources resources = weights.open(options, cancelFlag)) {
      EngineLoop loop = new EngineLoop(inbox, resources, explanation);
      ready.complete(loop);
      run(loop);
    } catch (RuntimeException | Error failure) {
      ready.completeExceptionally(failure);
      LOGGER.log(Level.DEBUG, "the engine stops", failure);
    } finally {
      calls.stop();
      isEnded.complete(true);
    }
  }

  /** Runs the loop; however it ends, completes the requests that are still pending. */
  private void run(EngineLoop loop) {
    @Nullable EngineException failure = null;
    try {
      loop.run();
    } catch (RuntimeException | Error unexpected) {
      failure = new EngineException("the engine failed: " + unexpected, unexpected);
    }
    synchronized (lock) {
      isOver = true;
    }
    loop.endAll(failure);
  }

  /**
   * Waits for an outcome without a limit. An interrupt does not end the wait; it stays set for the
   * caller.
   */
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
   * Stops the running requests, waits for the engine's thread to end, and frees its memory. A
   * callback that blocks delays this.
   *
   * @throws IllegalStateException if called by a callback on the engine's thread
   */
  @Override
  public void close() {
    requireOtherThread();
    if (requestStop() && isEnded.join()) {
      release();
      removeShutdownHook();
    }
  }

  /** Ends an engine that did not start. */
  private void abandon() {
    if (requestStop() && (thread.getState() == Thread.State.NEW || isEnded.join())) {
      release();
    }
  }

  /** Asks the engine's thread to end; returns false if that was done before. */
  private boolean requestStop() {
    synchronized (lock) {
      if (isClosed) {
        return false;
      }
      isClosed = true;
      cancelFlag.cancel();
      inbox.add(() -> ready.join().stop());
      return true;
    }
  }

  private void release() {
    cancelFlag.close();
    weights.release();
  }

  /** The shutdown hook. The process ends, so memory need not be freed here. */
  private void stopAtExit() {
    requestStop();
    if (!calls.awaitOutsideNativeCode(EXIT_LIMIT)) {
      LOGGER.log(Level.DEBUG, "native code still runs after {0} at exit", EXIT_LIMIT);
    }
    isEnded.complete(false); // for other hooks that close the engine
  }

  private void removeShutdownHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException shuttingDown) {
      // The process ends; the hook finds the engine stopped.
    }
  }
}
