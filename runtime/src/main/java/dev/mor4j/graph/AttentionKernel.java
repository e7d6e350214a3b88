package dev.mor4j.graph;

import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.FusedOps;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvTensors;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.kvcache.VisibleSlots;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.InvalidConfigException;
import java.util.List;
import java.util.function.Function;

/** Scores, softmax and weighted sum of values, for all heads at once. */
public enum AttentionKernel {
  /**
   * Our own operation: reads only the slots of a row's own sequence, in the order of positions. A
   * row's result depends on nothing else in the batch, to the last bit.
   */
  RAGGED {
    @Override
    Sight sight(GraphBuilder graph, int window, int rows, Function<StageData, int[]> spans) {
      return new Sight.Lists(graph.slotListInput(window), graph.spanInput(rows, spans));
    }

    @Override
    Tensor attend(TensorOps ops, Tensor queries, KvTensors cache, Sight sight) {
      Sight.Lists lists = (Sight.Lists) sight;
      return ops.fused()
          .raggedAttention(queries, cache.keys(), cache.values(), lists.slots(), lists.spans());
    }

    @Override
    public int window(VisibleSlots visible, int slotCount) {
      return roundedUp(visible.slotCount());
    }

    @Override
    public int largestWindow(long listed, int slotCount) {
      return roundedUp(Math.toIntExact(listed));
    }

    private static int roundedUp(int entries) {
      return Integer.highestOneBit(Math.max(LEAST_WINDOW, entries) - 1) << 1;
    }

    @Override
    public boolean readsUnwrittenSlots() {
      return false;
    }

    @Override
    boolean serves(int larger, int window) {
      return larger >= window; // what is not listed costs a few bytes of input
    }
  },
  /** ggml's fused operation over the whole cache, with a mask. */
  FLASH {
    @Override
    Tensor attend(TensorOps ops, Tensor queries, KvTensors cache, Sight sight) {
      Tensor mask = ((Sight.Mask) sight).mask();
      return ops.flashAttention(
          ops.swapRowsAndMatrices(queries), // F32 [keyLength, rows, heads]
          heads(ops, cache.keys(), queries, mask),
          heads(ops, cache.values(), queries, mask),
          mask,
          scale(queries));
    }
  },
  /** Stock operations, for devices without either. Keys and values must not be quantized. */
  COMPOSED {
    @Override
    Tensor attend(TensorOps ops, Tensor queries, KvTensors cache, Sight sight) {
      Tensor mask = ((Sight.Mask) sight).mask();
      Tensor byHead = ops.swapRowsAndMatrices(queries); // F32 [keyLength, rows, heads]
      Tensor keys = heads(ops, cache.keys(), queries, mask); // [keyLength, slots, kvHeads]
      Tensor values = heads(ops, cache.values(), queries, mask); // [keyLength, slots, kvHeads]
      Tensor scores = ops.matMul(keys, byHead); // F32 [slots, rows, heads]
      Tensor shares = ops.softMax(scores, mask, scale(queries)); // F32 [slots, rows, heads]
      Tensor bySlot = ops.contiguous(ops.transpose(values)); // [slots, keyLength, kvHeads]
      Tensor summed = ops.matMul(bySlot, shares); // F32 [keyLength, rows, heads]
      return ops.contiguous(ops.swapRowsAndMatrices(summed)); // F32 [keyLength, heads, rows]
    }
  };

  /** Windows grow in steps, so that a decoding graph serves many tokens. */
  private static final int LEAST_WINDOW = 256;

  /**
   * Adds the inputs that say where rows may look.
   *
   * @param spans for each row where its slots begin, then how many it sees
   */
  Sight sight(GraphBuilder graph, int window, int rows, Function<StageData, int[]> spans) {
    return new Sight.Mask(graph.maskInput(window, rows, spans));
  }

  /**
   * Adds the operations.
   *
   * @param queries F32 [keyLength, heads, rows]
   * @param cache [keyLength * kvHeads, slots] each
   * @return F32 [keyLength, heads, rows]
   */
  abstract Tensor attend(TensorOps ops, Tensor queries, KvTensors cache, Sight sight);

  /**
   * What a graph must have room for so that rows can read their visible slots; the same for many
   * batches.
   *
   * @param slotCount slots of the cache
   */
  public int window(VisibleSlots visible, int slotCount) {
    return wholeTiles(Math.max(1, visible.highestSlot()));
  }

  /**
   * The largest that {@link #window} can get.
   *
   * @param listed most slots that all rows of a batch look at, counted for each sequence and step
   * @param slotCount slots of the cache
   */
  public int largestWindow(long listed, int slotCount) {
    return wholeTiles(slotCount);
  }

  /** The cache has as many: some devices run their best kernels on whole tiles only. */
  private static int wholeTiles(int slots) {
    return Math.ceilDiv(slots, LEAST_WINDOW) * LEAST_WINDOW;
  }

  /** Whether a graph with room for one window does another's work about as fast. */
  boolean serves(int larger, int window) {
    return larger >= window && larger - window <= Math.max(LEAST_WINDOW, window / 8);
  }

  /** Whether it multiplies with slots that nobody wrote, and so wants zeros there. */
  public boolean readsUnwrittenSlots() {
    return true;
  }

  private static Tensor heads(TensorOps ops, Tensor cache, Tensor queries, Tensor mask) {
    return ops.viewHeads(cache, queries.shape().size0(), mask.shape().size0());
  }

  private static float scale(Tensor queries) {
    return (float) (1 / Math.sqrt((double) queries.shape().size0()));
  }

  /**
   * The best that all devices run that hold keys and values of these types and sizes.
   *
   * @throws InvalidConfigException if a device cannot store the types, or only look at others
   */
  public static AttentionKernel choose(
      List<Device> devices, AttentionConfig attention, KvTypes types) {
    for (Device device : devices) {
      requireStores(device, attention, types.keys());
      requireStores(device, attention, types.values());
    }
    if (FusedOps.attendsRagged(attention.keyLength())
        && RAGGED.isSupported(devices, attention, types)) {
      return RAGGED;
    }
    if (FLASH.isSupported(devices, attention, types)) {
      return FLASH;
    }
    if (types.keys().isQuantized() || types.values().isQuantized()) {
      throw new InvalidConfigException(
          "K/V type",
          "f16, bf16 or f32: %s look at no quantized ones with heads of %d values"
              .formatted(devices, attention.keyLength()),
          types.keys() + " and " + types.values());
    }
    return COMPOSED;
  }

  /** What a device holds it must write itself: nobody else could. */
  private static void requireStores(Device device, AttentionConfig attention, TensorType type) {
    try (GgmlContext trial = GgmlContext.forState(8)) {
      Tensor cache =
          trial.newTensor(type, Shape.of(attention.kvLength(), LEAST_WINDOW), "keys or values");
      Tensor rows = trial.newTensor(TensorType.F32, Shape.of(attention.kvLength(), 1), "rows");
      Tensor slots = trial.newTensor(TensorType.I32, Shape.of(1), "slots");
      if (!device.supports(trial.ops().setRows(cache, rows, slots))) {
        throw new InvalidConfigException(
            "K/V type", "one that %s can store, such as f16".formatted(device), type.toString());
      }
    }
  }

  private boolean isSupported(List<Device> devices, AttentionConfig attention, KvTypes types) {
    return devices.stream().allMatch(device -> isSupported(device, attention, types));
  }

  private boolean isSupported(Device device, AttentionConfig attention, KvTypes types) {
    try (GgmlContext trial = GgmlContext.forState(16)) {
      Tensor queries =
          trial.newTensor(
              TensorType.F32, Shape.of(attention.keyLength(), attention.headCount()), "queries");
      Shape pool = Shape.of(attention.kvLength(), LEAST_WINDOW);
      KvTensors cache =
          new KvTensors(
              trial.newTensor(types.keys(), pool, "keys"),
              trial.newTensor(types.values(), pool, "values"));
      Sight sight =
          this == RAGGED
              ? new Sight.Lists(
                  trial.newTensor(TensorType.I32, Shape.of(LEAST_WINDOW), "slots"),
                  trial.newTensor(TensorType.I32, Shape.of(2, 1), "spans"))
              : new Sight.Mask(trial.newTensor(TensorType.F16, Shape.of(LEAST_WINDOW, 1), "mask"));
      return device.supports(attend(trial.ops(), queries, cache, sight));
    }
  }
}
