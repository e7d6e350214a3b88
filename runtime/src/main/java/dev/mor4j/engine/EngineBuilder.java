package dev.mor4j.engine;

import dev.mor4j.batch.BatchLimits;
import dev.mor4j.batch.Batching;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.ActivationObserver;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.NodeObserver;
import dev.mor4j.model.Observers;
import dev.mor4j.placement.CacheNeed;
import dev.mor4j.placement.Processors;
import org.jspecify.annotations.Nullable;

/** Builder of an {@link Engine}. */
public final class EngineBuilder {
  private static final int DEFAULT_BATCH = 512;

  /** Prompt rows that delay the next tokens of decoding sequences by an acceptable time. */
  private static final int DEFAULT_BATCH_BESIDE_DECODING = 64;

  private static final int DEFAULT_QUEUE = 1024;

  private final Model model;
  private int contextSize;
  private @Nullable Integer threadCount;
  private TensorType keyType = TensorType.F16;
  private TensorType valueType = TensorType.F16;
  private long kvCacheBytes;
  private int parallel = 1;
  private int batchSize = DEFAULT_BATCH;
  private int batchSizeBesideDecoding = DEFAULT_BATCH_BESIDE_DECODING;
  private int queueSize = DEFAULT_QUEUE;
  private Batching batching = Batching.DEPTH_WISE;
  private boolean deterministic;
  private Observers observers = Observers.NONE;

  EngineBuilder(Model model) {
    this.model = model;
    contextSize = CacheNeed.defaultContextSize(model.config().contextLength());
  }

  /**
   * Maximum number of tokens of a sequence, prompt and generated text together. Default: the
   * model's context length, but at most 4096, since a longer context costs memory.
   */
  public EngineBuilder contextSize(int tokens) {
    contextSize = tokens;
    return this;
  }

  /** Maximum number of sequences that run at the same time. Default: 1. */
  public EngineBuilder parallel(int sequences) {
    parallel = sequences;
    return this;
  }

  /**
   * Number of compute threads, the engine's own included. Default: one for each performance core
   * that the process may use ({@link Processors}), fewer for small models.
   */
  public EngineBuilder threads(int count) {
    threadCount = count;
    return this;
  }

  /** Type in which keys are stored: F32, F16, BF16, Q8_0 or Q4_0. Default: F16. */
  public EngineBuilder keyType(TensorType type) {
    keyType = type;
    return this;
  }

  /** Type in which values are stored; values and default as for {@link #keyType}. */
  public EngineBuilder valueType(TensorType type) {
    valueType = type;
    return this;
  }

  /**
   * Memory for the keys and values of all sequences together. Default: enough for all sequences to
   * fill their contexts with tokens of full recursion depth. With less, sequences share the memory
   * as they grow; when it is used up, the youngest sequence is preempted and computed again later.
   * At least one sequence of full context always fits.
   */
  public EngineBuilder kvCacheBytes(long bytes) {
    if (bytes < 1) {
      throw new InvalidConfigException("K/V cache bytes", "1 or more", String.valueOf(bytes));
    }
    kvCacheBytes = bytes;
    return this;
  }

  /** Maximum number of prompt tokens in a batch, of all sequences together. Default: 512. */
  public EngineBuilder batchSize(int tokens) {
    batchSize = tokens;
    return this;
  }

  /**
   * Maximum number of prompt tokens in a batch while other sequences decode, so that their next
   * tokens are not delayed. Default: 64.
   */
  public EngineBuilder batchSizeBesideDecoding(int tokens) {
    batchSizeBesideDecoding = tokens;
    return this;
  }

  /**
   * Maximum number of requests that wait; further ones are refused with an {@link
   * EngineBusyException}. Default: 1024.
   */
  public EngineBuilder queueSize(int requests) {
    queueSize = requests;
    return this;
  }

  /**
   * Whether rows at different recursion steps share a batch. Default: true. Otherwise all sequences
   * are at the same step, and those of lower depth wait for the deepest; this is for measuring the
   * difference.
   */
  public EngineBuilder depthWise(boolean wanted) {
    batching = wanted ? Batching.DEPTH_WISE : Batching.LOCKSTEP;
    return this;
  }

  /**
   * Whether results are batch-invariant: bit for bit the same, whatever else is in the batch.
   * Default: false, so a text may change where two tokens are almost equally likely. Costs some
   * speed when few sequences decode with weights other than Q8_0, Q4_1 to Q5_1, or Q2_K to Q6_K as
   * stored, because their batches are padded.
   */
  public EngineBuilder deterministic(boolean wanted) {
    deterministic = wanted;
    return this;
  }

  /**
   * Observes the inputs of the weight matrices, for importance matrices; costs time and memory. The
   * observer is called on the engine's thread during computations; an exception ends the request.
   */
  public EngineBuilder observer(ActivationObserver activations) {
    observers = new Observers(activations, observers.nodes());
    return this;
  }

  /** Sets an observer of named tensors, for debugging. It costs time and memory. */
  public EngineBuilder nodeObserver(NodeObserver nodes) {
    observers = new Observers(observers.activations(), nodes);
    return this;
  }

  /**
   * Starts an engine: its thread, and the memory that the largest batch at the longest context
   * needs.
   *
   * @throws InvalidConfigException if an option is out of range
   * @throws EngineException if there is not enough memory, or the model file was overwritten since
   *     it was loaded
   */
  public Engine build() {
    return Engine.start(model, options());
  }

  /**
   * Bytes that the engine's K/V cache will take; nothing is allocated.
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
        observers);
  }
}
