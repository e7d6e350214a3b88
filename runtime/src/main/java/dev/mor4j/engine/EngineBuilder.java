package dev.mor4j.engine;

import dev.mor4j.batch.BatchLimits;
import dev.mor4j.batch.Batching;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.ActivationObserver;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.placement.Processors;
import org.jspecify.annotations.Nullable;

/** Sets up an engine. */
public final class EngineBuilder {
  /** More is seldom wanted by default and costs memory: ask for it. */
  private static final int USUAL_CONTEXT = 4096;

  private static final int USUAL_BATCH = 512;

  /** Rows of prompts that take about as long as a sequence that decodes would care to wait. */
  private static final int USUAL_BATCH_BESIDE_DECODING = 64;

  private static final int USUAL_QUEUE = 1024;

  private final Model model;
  private int contextSize;
  private @Nullable Integer threadCount;
  private TensorType keyType = TensorType.F16;
  private TensorType valueType = TensorType.F16;
  private long kvCacheBytes;
  private int parallel = 1;
  private int batchSize = USUAL_BATCH;
  private int batchSizeBesideDecoding = USUAL_BATCH_BESIDE_DECODING;
  private int queueSize = USUAL_QUEUE;
  private Batching batching = Batching.DEPTH_WISE;
  private boolean deterministic;
  private @Nullable ActivationObserver observer;

  EngineBuilder(Model model) {
    this.model = model;
    contextSize = Math.min(model.config().contextLength(), USUAL_CONTEXT);
  }

  /** Most tokens of a sequence; the model's own context length, at most 4096, if not said. */
  public EngineBuilder contextSize(int tokens) {
    contextSize = tokens;
    return this;
  }

  /** Sequences that run at a time; 1 if not said. Further requests wait. */
  public EngineBuilder parallel(int sequences) {
    parallel = sequences;
    return this;
  }

  /**
   * Threads that compute; if not said, one for each performance core that the process may use
   * ({@link Processors}), fewer for small models.
   */
  public EngineBuilder threads(int count) {
    threadCount = count;
    return this;
  }

  /** How keys are stored: F32, F16, BF16, Q8_0 or Q4_0; F16 if not said. */
  public EngineBuilder keyType(TensorType type) {
    keyType = type;
    return this;
  }

  /** How values are stored, as {@link #keyType}. */
  public EngineBuilder valueType(TensorType type) {
    valueType = type;
    return this;
  }

  /**
   * Memory for the keys and values of all sequences together; if not said, what they need when
   * every one fills its context and every token takes every step. With less, sequences share what
   * there is as they grow; when it is used up, the youngest waits and begins again later. One
   * sequence of full context always fits.
   */
  public EngineBuilder kvCacheBytes(long bytes) {
    if (bytes < 1) {
      throw new InvalidConfigException("K/V cache bytes", "1 or more", String.valueOf(bytes));
    }
    kvCacheBytes = bytes;
    return this;
  }

  /** Most tokens of prompts, of all sequences together, computed at a time; 512 if not said. */
  public EngineBuilder batchSize(int tokens) {
    batchSize = tokens;
    return this;
  }

  /** The same while other sequences decode, so that these do not stall; 64 if not said. */
  public EngineBuilder batchSizeBesideDecoding(int tokens) {
    batchSizeBesideDecoding = tokens;
    return this;
  }

  /** Most requests that wait; more are refused. 1024 if not said. */
  public EngineBuilder queueSize(int requests) {
    queueSize = requests;
    return this;
  }

  /**
   * Whether rows of any recursion step share a batch, as they do if not said. Else all sequences
   * are at the same stage, and those that stop early wait for the deepest: to see what that costs.
   */
  public EngineBuilder depthWise(boolean wanted) {
    batching = wanted ? Batching.DEPTH_WISE : Batching.LOCKSTEP;
    return this;
  }

  /**
   * Whether a text must be the same to the last bit whatever else runs; if not said, it may differ
   * where two tokens are as good as equally likely. Costs some speed where few sequences decode
   * with weights other than Q8_0, Q4_1 to Q5_1, or Q2_K to Q6_K as stored: their batches are
   * padded.
   */
  public EngineBuilder deterministic(boolean wanted) {
    deterministic = wanted;
    return this;
  }

  /**
   * Shows what enters the weight matrices, for importance matrices; costs time and memory. What the
   * observer throws ends the request.
   */
  public EngineBuilder observer(ActivationObserver activations) {
    observer = activations;
    return this;
  }

  /**
   * Starts the engine's thread and takes its memory.
   *
   * @throws InvalidConfigException if an option is out of range
   * @throws EngineException if memory is short
   */
  public Engine build() {
    return new Engine(model, options());
  }

  /**
   * Memory that the engine will take, beside the model's: nothing is allocated.
   *
   * @throws InvalidConfigException if an option is out of range
   */
  public long kvBytes() {
    return MemoryBudget.kvBytes(model.config(), options());
  }

  private EngineOptions options() {
    EngineOptions.requireContextSize(contextSize); // the batch size depends on it
    int rows = (int) Math.min(batchSize, (long) contextSize * Math.max(1, parallel));
    BatchLimits limits =
        new BatchLimits(parallel, rows, Math.clamp(batchSizeBesideDecoding, 1, Math.max(1, rows)));
    return new EngineOptions(
        contextSize,
        threadCount == null ? Processors.here().threadsFor(model.sizeBytes()) : threadCount,
        new KvTypes(keyType, valueType),
        kvCacheBytes,
        limits,
        queueSize,
        batching,
        deterministic,
        observer);
  }
}
