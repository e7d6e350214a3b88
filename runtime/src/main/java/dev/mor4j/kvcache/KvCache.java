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
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * The keys and values of all sequences; at each recursion step only those of the tokens that took
 * it. Holds the tensors. {@link KvSlots} records which sequence holds which slots. Confined to the
 * engine's thread.
 */
public final class KvCache implements AutoCloseable {
  /** Slots of one tile: attention through a mask reads whole tiles. */
  private static final int TILE = 256;

  private final KvLayout layout;
  private final KvTypes types;
  private final KvSlots slots;
  private final List<List<KvTensors>> tensors = new ArrayList<>();
  private final Map<Device, GgmlContext> contexts = new LinkedHashMap<>();
  private final List<BackendBuffer> memory = new ArrayList<>();
  private long mostUsedBytes;

  /**
   * Allocates the memory. Unless it must be zeroed, pages that no token reaches are not touched, as
   * far as the operating system allows.
   *
   * @param devices for each stored block the device that its keys and values are on
   * @param contents whether slots that were never written must hold zeros, as attention through a
   *     mask needs
   * @throws InvalidConfigException if a type's block size does not divide the length of a head
   * @throws dev.mor4j.ggml.GgmlException if a device has too little memory
   */
  public KvCache(
      KvLayout layout,
      KvTypes types,
      KvCapacity capacity,
      IntFunction<Device> devices,
      BackendBuffer.Contents contents) {
    this.layout = layout;
    this.types = types;
    requireWholeBlocks(layout.config(), types);
    slots = new KvSlots(layout, capacity);
    for (int region = 0; region < layout.regions().size(); region++) {
      tensors.add(newTensors(region, rows(region, contents), devices));
    }
    try {
      contexts.forEach(
          (device, context) ->
              memory.add(BackendBuffer.allocate(context, device.bufferType(), contents)));
    } catch (RuntimeException failure) {
      close();
      throw failure;
    }
  }

  /** One slot more than sequences can take: rows that pad a batch write to it. */
  private long rows(int region, BackendBuffer.Contents contents) {
    long rows = slots.slotCount(region) + 1L;
    return switch (contents) {
      case ZEROED -> Math.ceilDiv(rows, TILE) * TILE;
      case UNDEFINED -> rows;
    };
  }

  private List<KvTensors> newTensors(int index, long rows, IntFunction<Device> devices) {
    KvLayout.Region region = layout.regions().get(index);
    Shape shape = Shape.of(layout.config().attention().kvLength(), rows);
    int layerCount = layout.regions().stream().mapToInt(KvLayout.Region::layerCount).sum();
    List<KvTensors> layers = new ArrayList<>();
    for (int layer = 0; layer < region.layerCount(); layer++) {
      String name = region.name() + ".l" + layer;
      GgmlContext context =
          contexts.computeIfAbsent(
              devices.apply(layout.storedBlock(index, layer)),
              device -> GgmlContext.forState(2 * layerCount));
      layers.add(
          new KvTensors(
              context.newTensor(types.keys(), shape, "k." + name),
              context.newTensor(types.values(), shape, "v." + name)));
    }
    return List.copyOf(layers);
  }

  /**
   * Bytes that a cache would allocate in all.
   *
   * @throws InvalidConfigException if a type's block size does not divide the length of a head
   * @throws ArithmeticException if they do not fit a long
   */
  public static long requiredBytes(KvLayout layout, KvTypes types, KvCapacity capacity) {
    requireWholeBlocks(layout.config(), types);
    long bytes = 0;
    for (int region = 0; region < layout.regions().size(); region++) {
      bytes +=
          Math.multiplyExact(
              bytesPerSlot(layout, types, region), capacity.slotCount(layout, region) + 1L);
    }
    return bytes;
  }

  /**
   * Bytes that a cache would allocate on one device.
   *
   * @param devices for each stored block the device that its keys and values are on
   * @throws InvalidConfigException if a type's block size does not divide the length of a head
   * @throws ArithmeticException if they do not fit a long
   */
  public static long requiredBytes(
      KvLayout layout,
      KvTypes types,
      KvCapacity capacity,
      IntFunction<Device> devices,
      Device device) {
    requireWholeBlocks(layout.config(), types);
    long bytes = 0;
    for (int region = 0; region < layout.regions().size(); region++) {
      int at = region;
      int layers = layout.regions().get(region).layerCount();
      long there =
          IntStream.range(0, layers)
              .filter(layer -> devices.apply(layout.storedBlock(at, layer)).equals(device))
              .count();
      long perLayer = bytesPerSlot(layout, types, region) / layers;
      bytes =
          Math.addExact(
              bytes, Math.multiplyExact(there * perLayer, capacity.slotCount(layout, region) + 1L));
    }
    return bytes;
  }

  /** Bytes of keys and values that one token takes for one step of a region. */
  public static long bytesPerSlot(KvLayout layout, KvTypes types, int region) {
    int width = layout.config().attention().kvLength();
    return (types.keys().rowBytes(width) + types.values().rowBytes(width))
        * layout.regions().get(region).layerCount();
  }

  private static void requireWholeBlocks(MorConfig config, KvTypes types) {
    requireWholeBlocks(types.keys(), config.attention().keyLength());
    requireWholeBlocks(types.values(), config.attention().keyLength());
  }

  private static void requireWholeBlocks(TensorType type, int keyLength) {
    if (keyLength % type.blockSize() != 0) {
      throw new InvalidConfigException(
          "K/V type",
          "a type whose block size divides heads of %s values, such as f16".formatted(keyLength),
          "%s with blocks of %s".formatted(type, type.blockSize()));
    }
  }

  /** Which sequence holds which slots. */
  public KvSlots slots() {
    return slots;
  }

  /** The slot that rows which pad a batch write to; attention never reads it. */
  public int paddingSlot(int region) {
    return slots.slotCount(region);
  }

  /** Keys and values of one layer of a region. */
  public KvTensors tensors(KvLayout.Place place) {
    return tensors.get(place.region()).get(place.layer());
  }

  /** Bytes that a sequence holds, by part of the cache; shared slots count for every holder. */
  public Map<String, Long> heldBytes(KvLease lease) {
    Map<String, Integer> held = lease.held();
    Map<String, Long> bytes = new LinkedHashMap<>();
    for (int index = 0; index < layout.regions().size(); index++) {
      KvLayout.Region region = layout.regions().get(index);
      for (int step = 0; step < region.steps(); step++) {
        String part = region.part(step);
        bytes.put(part, held.getOrDefault(part, 0) * bytesPerSlot(layout, types, index));
      }
    }
    return bytes;
  }

  /** Bytes that all sequences hold now; shared slots count once. */
  public long usedBytes() {
    long bytes = 0;
    for (int region = 0; region < layout.regions().size(); region++) {
      bytes += slots.used(region) * bytesPerSlot(layout, types, region);
    }
    return bytes;
  }

  /** Takes planned slots for rows, as {@link KvSlots#commit} does, and records the peak. */
  public void commit(int region, KvRows rows, int[] planned) {
    slots.commit(region, rows, planned);
    mostUsedBytes = Math.max(mostUsedBytes, usedBytes());
  }

  /** Most bytes that all sequences held at a time, since the beginning. */
  public long mostUsedBytes() {
    return mostUsedBytes;
  }

  /** Most bytes that all sequences held in each part of the cache, at times of its own. */
  public Map<String, Long> mostUsedBytesByPart() {
    Map<String, Long> bytes = new LinkedHashMap<>();
    for (int index = 0; index < layout.regions().size(); index++) {
      KvLayout.Region region = layout.regions().get(index);
      for (int step = 0; step < region.steps(); step++) {
        bytes.put(
            region.part(step), slots.mostUsed(index, step) * bytesPerSlot(layout, types, index));
      }
    }
    return bytes;
  }

  /** Bytes that are allocated. */
  public long byteSize() {
    return memory.stream().mapToLong(BackendBuffer::byteSize).sum();
  }

  /** The structure of the cache. */
  public KvLayout layout() {
    return layout;
  }

  /** Frees the memory. */
  @Override
  public void close() {
    memory.forEach(BackendBuffer::close);
    contexts.values().forEach(GgmlContext::close);
  }
}
