package dev.mor4j.kvcache;

import dev.mor4j.ggml.BackendBuffer;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.InvalidConfigException;
import dev.mor4j.model.MorConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys and values of all sequences, at each recursion step only those of tokens that took it.
 * Works in two phases: {@link #plan} proposes slots and changes nothing, {@link #commit} is the
 * only writer. Confined to the engine's thread.
 */
public final class KvCache implements AutoCloseable {
  private final KvLayout layout;
  private final List<KvSlots> slots = new ArrayList<>();
  private final List<List<KvTensors>> tensors = new ArrayList<>();
  private final List<Long> bytesPerSlot = new ArrayList<>();
  private final GgmlContext context;
  private final BackendBuffer memory;
  private int nextSequence;

  /**
   * Allocates memory for the worst case, every token at every step; pages that no token reaches
   * stay untouched by the process as far as the system allows.
   *
   * @param tokenCapacity tokens of all sequences together
   * @throws InvalidConfigException if a type's block does not fit a head
   * @throws dev.mor4j.ggml.GgmlException if the device has no room
   */
  public KvCache(KvLayout layout, KvTypes types, int tokenCapacity, Device device) {
    this.layout = layout;
    MorConfig config = layout.config();
    requireWholeBlocks(config, types);
    int layerCount = layout.regions().stream().mapToInt(KvLayout.Region::layerCount).sum();
    context = GgmlContext.forState(2 * layerCount);
    int width = config.attention().kvLength();
    for (KvLayout.Region region : layout.regions()) {
      int slotCount = Math.multiplyExact(tokenCapacity, region.slotsPerToken());
      slots.add(new KvSlots(slotCount));
      List<KvTensors> layers = new ArrayList<>();
      for (int layer = 0; layer < region.layerCount(); layer++) {
        String name = region.name() + ".l" + layer;
        Shape shape = Shape.of(width, slotCount);
        layers.add(
            new KvTensors(
                context.newTensor(types.keys(), shape, "k." + name),
                context.newTensor(types.values(), shape, "v." + name)));
      }
      tensors.add(layers);
      bytesPerSlot.add(bytesPerSlot(types, width) * region.layerCount());
    }
    try {
      memory = BackendBuffer.allocate(context, device.bufferType());
    } catch (RuntimeException failure) {
      context.close();
      throw failure;
    }
  }

  /**
   * Bytes that a cache will take, before it is made.
   *
   * @throws InvalidConfigException if a type's block does not fit a head
   * @throws ArithmeticException if they do not fit a long
   */
  public static long requiredBytes(KvLayout layout, KvTypes types, int tokenCapacity) {
    requireWholeBlocks(layout.config(), types);
    long perToken = 0;
    for (KvLayout.Region region : layout.regions()) {
      perToken +=
          bytesPerSlot(types, layout.config().attention().kvLength())
              * region.layerCount()
              * region.slotsPerToken();
    }
    return Math.multiplyExact(perToken, (long) tokenCapacity);
  }

  private static long bytesPerSlot(KvTypes types, int width) {
    return types.keys().rowBytes(width) + types.values().rowBytes(width);
  }

  private static void requireWholeBlocks(MorConfig config, KvTypes types) {
    requireWholeBlocks(types.keys(), config.attention().keyLength());
    requireWholeBlocks(types.values(), config.attention().keyLength());
  }

  private static void requireWholeBlocks(TensorType type, int keyLength) {
    if (keyLength % type.blockSize() != 0) {
      throw new InvalidConfigException(
          "K/V type",
          "one whose blocks fit heads of %d values, such as f16".formatted(keyLength),
          "%s with blocks of %d".formatted(type, type.blockSize()));
    }
  }

  /** Opens a place for a new sequence; close it when the sequence ends. */
  public KvLease lease() {
    return new KvLease(this, nextSequence++);
  }

  /** The lowest free slots of a region for some rows; empty if there are too few. */
  public Optional<SlotPlan> plan(int region, CacheRows rows) {
    return slots.get(region).plan(rows.count()).map(found -> new SlotPlan(region, rows, found));
  }

  /** Takes planned slots; their keys and values are to be written by the next graph. */
  public void commit(SlotPlan plan) {
    slots.get(plan.region()).commit(plan.rows(), plan.slots());
  }

  /**
   * Slots that attention must look at in a region, rounded up so that it changes seldom and graphs
   * can be used again.
   */
  public int window(int region, int multiple) {
    KvSlots of = slots.get(region);
    int rounded = Math.ceilDiv(Math.max(1, of.window()), multiple) * multiple;
    return Math.min(rounded, of.slotCount());
  }

  /**
   * Which slots each row may look at.
   *
   * @param width slots per row, from {@link #window}
   * @return half-precision bits [width, rows]
   */
  public short[] mask(int region, CacheRows rows, int width) {
    short[] mask = new short[Math.multiplyExact(width, rows.count())];
    slots.get(region).fillMask(rows, width, mask);
    return mask;
  }

  /** Keys and values of one layer of a region. */
  public KvTensors tensors(KvLayout.Place place) {
    return tensors.get(place.region()).get(place.layer());
  }

  /** Bytes that tokens hold now, by region. */
  public Map<String, Long> usedBytes() {
    Map<String, Long> used = new LinkedHashMap<>();
    for (int region = 0; region < slots.size(); region++) {
      used.put(
          layout.regions().get(region).name(), slots.get(region).used() * bytesPerSlot.get(region));
    }
    return used;
  }

  /** Which regions and places there are. */
  public KvLayout layout() {
    return layout;
  }

  void release(int sequence) {
    slots.forEach(region -> region.release(sequence));
  }

  @Override
  public void close() {
    memory.close();
    context.close();
  }
}
