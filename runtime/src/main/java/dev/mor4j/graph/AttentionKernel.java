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
import java.util.stream.Collectors;

/** Implementations of attention: scores, softmax and weighted sum of values, for all heads. */
public enum AttentionKernel {
  /**
   * mor4j's own operation. It reads only the slots of a row's own sequence, in the order of
   * positions. Batch-invariant: a row's result does not depend on the rest of the batch.
   */
  RAGGED {
    @Override
    VisibilityInput visibility(
        GraphBuilder graph, int window, int rows, Function<StageData, int[]> ranges) {
      return new VisibilityInput.Lists(graph.slotListInput(window), graph.rangeInput(rows, ranges));
    }

    @Override
    Tensor attend(TensorOps ops, Tensor queries, KvTensors cache, VisibilityInput visibility) {
      VisibilityInput.Lists lists = (VisibilityInput.Lists) visibility;
      return ops.fused()
          .raggedAttention(queries, cache.keys(), cache.values(), lists.slots(), lists.ranges());
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
      return Integer.highestOneBit(Math.max(WINDOW_TILE, entries) - 1) << 1;
    }

    @Override
    public boolean readsUnwrittenSlots() {
      return false;
    }

    @Override
    boolean serves(int larger, int window) {
      return larger >= window; // unused entries cost only a few bytes of input
    }
  },
  /** ggml's fused operation over the leading slots of the cache, with a mask. */
  FLASH {
    @Override
    Tensor attend(TensorOps ops, Tensor queries, KvTensors cache, VisibilityInput visibility) {
      Tensor mask = ((VisibilityInput.Mask) visibility).mask();
      return ops.flashAttention(
          ops.swapRowsAndMatrices(queries), // F32 [keyLength, rows, heads]
          heads(ops, cache.keys(), queries, mask),
          heads(ops, cache.values(), queries, mask),
          mask,
          scale(queries));
    }
  },
  /** Basic operations, for devices without the others. Keys and values must not be quantized. */
  COMPOSED {
    @Override
    Tensor attend(TensorOps ops, Tensor queries, KvTensors cache, VisibilityInput visibility) {
      Tensor mask = ((VisibilityInput.Mask) visibility).mask();
      Tensor byHead = ops.swapRowsAndMatrices(queries); // F32 [keyLength, rows, heads]
      Tensor keys = heads(ops, cache.keys(), queries, mask); // [keyLength, slots, kvHeads]
      Tensor values = heads(ops, cache.values(), queries, mask); // [keyLength, slots, kvHeads]
      Tensor scores = ops.matMul(keys, byHead); // F32 [slots, rows, heads]
      Tensor weights = ops.softMax(scores, mask, scale(queries)); // F32 [slots, rows, heads]
      Tensor bySlot = ops.contiguous(ops.transpose(values)); // [slots, keyLength, kvHeads]
      Tensor summed = ops.matMul(bySlot, weights); // F32 [keyLength, rows, heads]
      return ops.contiguous(ops.swapRowsAndMatrices(summed)); // F32 [keyLength, heads, rows]
    }
  };

  /** Windows grow by whole tiles, so that a graph is reused for many decoded tokens. */
  private static final int WINDOW_TILE = 256;

  /**
   * Adds the inputs that hold the visible slots of each row.
   *
   * @param ranges for each row the offset and the length of its range in the list of slots
   */
  VisibilityInput visibility(
      GraphBuilder graph, int window, int rows, Function<StageData, int[]> ranges) {
    return new VisibilityInput.Mask(graph.maskInput(window, rows, ranges));
  }

  /**
   * Adds the operations.
   *
   * @param queries F32 [keyLength, heads, rows]
   * @param cache [keyLength * kvHeads, slots] each
   * @return F32 [keyLength, heads, rows]
   */
  abstract Tensor attend(
      TensorOps ops, Tensor queries, KvTensors cache, VisibilityInput visibility);

  /**
   * The window of a graph that has room for the visible slots of a batch. Many batches have the
   * same window.
   *
   * @param slotCount slots of the cache
   */
  public int window(VisibleSlots visible, int slotCount) {
    return wholeTiles(Math.max(1, visible.highestSlot()));
  }

  /**
   * The largest value of {@link #window}.
   *
   * @param listed maximum length of all lists of slots of a batch, one list per sequence and step
   * @param slotCount slots of the cache
   */
  public int largestWindow(long listed, int slotCount) {
    return wholeTiles(slotCount);
  }

  /** The cache is padded to whole tiles: some devices run their fastest kernels on these only. */
  private static int wholeTiles(int slots) {
    return Math.ceilDiv(slots, WINDOW_TILE) * WINDOW_TILE;
  }

  /** Whether a graph with the larger window is about as fast as one with the given window. */
  boolean serves(int larger, int window) {
    return larger >= window && larger - window <= Math.max(WINDOW_TILE, window / 8);
  }

  /** Whether it multiplies values of unwritten slots by zero, so that they must not be NaN. */
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
   * The fastest kernel that all devices support for keys and values of these types and sizes.
   *
   * @throws InvalidConfigException if a device cannot store these types, or cannot attend to them
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
          "f16, bf16 or f32 (%s cannot attend to quantized types with heads of %s values)"
              .formatted(
                  devices.stream().map(Device::name).collect(Collectors.joining(", ")),
                  attention.keyLength()),
          types.keys() + " and " + types.values());
    }
    return COMPOSED;
  }

  /** A device has to write the keys and values that it holds: no other device can. */
  private static void requireStores(Device device, AttentionConfig attention, TensorType type) {
    try (GgmlContext trial = GgmlContext.forState(8)) {
      Tensor cache =
          trial.newTensor(type, Shape.of(attention.kvLength(), WINDOW_TILE), "keys or values");
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
      Shape pool = Shape.of(attention.kvLength(), WINDOW_TILE);
      KvTensors cache =
          new KvTensors(
              trial.newTensor(types.keys(), pool, "keys"),
              trial.newTensor(types.values(), pool, "values"));
      VisibilityInput visibility =
          this == RAGGED
              ? new VisibilityInput.Lists(
                  trial.newTensor(TensorType.I32, Shape.of(WINDOW_TILE), "slots"),
                  trial.newTensor(TensorType.I32, Shape.of(2, 1), "ranges"))
              : new VisibilityInput.Mask(
                  trial.newTensor(TensorType.F16, Shape.of(WINDOW_TILE, 1), "mask"));
      return device.supports(attend(trial.ops(), queries, cache, visibility));
    }
  }
}
