package dev.mor4j.placement;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvCapacity;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;
import java.util.Arrays;
import java.util.Optional;

/**
 * Bytes that the parts of a model take on a device: a conservative estimate from the file's
 * directory, made before anything is loaded.
 *
 * @param layers weights, keys and values of each stored block
 * @param routers weights of all routers, which are placed with the shared block
 * @param head weights of the output norm and the head
 * @param working upper bound of the memory for graphs, whose exact size is known once they are
 *     built
 */
record ModelBytes(long[] layers, long routers, long head, long working) {
  /** Maximum number of rows of a batch. */
  private static final long ROWS = 512;

  /** Memory of a driver itself, for kernels and workspaces. */
  static final long DRIVER = 128L << 20;

  private static final long FLOAT_BYTES = Float.BYTES;

  /** Masks cover a multiple of this number of slots. */
  private static final long TILE = 256;

  /** How a device computes attention. */
  enum Attending {
    /** In one operation, without storing scores. */
    FUSED {
      @Override
      long floats(AttentionConfig attention, long rows, long window) {
        return rows * window; // the mask, two bytes per slot, and a copy of it
      }
    },
    /** In several operations, which store the scores of all heads and a copy of the values. */
    COMPOSED {
      @Override
      long floats(AttentionConfig attention, long rows, long window) {
        return FUSED.floats(attention, rows, window)
            + 2 * rows * window * attention.headCount()
            + window * attention.kvLength();
      }
    };

    abstract long floats(AttentionConfig attention, long rows, long window);
  }

  static ModelBytes of(GgufFile file, MorConfig config, CacheNeed need, Attending attending) {
    long[] layers = cacheBytes(config, need);
    long routers = 0;
    long head = 0;
    boolean isTied = true;
    for (GgufTensorInfo tensor : file.tensors()) {
      Optional<TensorId> id = TensorId.parse(tensor.name());
      if (id.isEmpty()) {
        continue;
      }
      switch (id.get().role().scope()) {
        case BLOCK -> {
          if (id.get().block() < layers.length) {
            layers[id.get().block()] += tensor.byteSize();
          }
        }
        case ROUTER -> routers += tensor.byteSize();
        case MODEL -> {
          isTied &= id.get().role() != TensorRole.OUTPUT;
          head += headBytes(id.get().role(), tensor.byteSize());
        }
      }
    }
    if (isTied) {
      head +=
          file.tensor(TensorId.of(TensorRole.TOKEN_EMBEDDING).name())
              .map(GgufTensorInfo::byteSize)
              .orElse(0L);
    }
    return new ModelBytes(layers, routers, head, workingBytes(config, need, attending));
  }

  /** Bytes that the head takes for a tensor that a model has once. */
  private static long headBytes(TensorRole role, long bytes) {
    return role == TensorRole.OUTPUT_NORM || role == TensorRole.OUTPUT ? bytes : 0;
  }

  /** Keys and values of each stored block. */
  private static long[] cacheBytes(MorConfig config, CacheNeed need) {
    KvLayout layout = KvLayout.of(config);
    KvCapacity capacity = need.capacity(layout);
    long[] bytes = new long[config.recursion().storedBlockCount()];
    for (int region = 0; region < layout.regions().size(); region++) {
      KvLayout.Region layers = layout.regions().get(region);
      long slots =
          region == layout.blockRegion() ? capacity.blockSlotCount() : capacity.tokenCount();
      long perLayer = KvCache.bytesPerSlot(layout, need.types(), region) / layers.layerCount();
      for (int layer = 0; layer < layers.layerCount(); layer++) {
        bytes[layout.storedBlock(region, layer)] += slots * perLayer;
      }
    }
    return bytes;
  }

  /**
   * Upper bound of the memory for the graphs of all stages on a device that has all parts: the
   * activations of a full batch, attention over the whole pool of slots, the residual stream, and
   * logits of every row.
   */
  private static long workingBytes(MorConfig config, CacheNeed need, Attending attending) {
    AttentionConfig attention = config.attention();
    KvLayout layout = KvLayout.of(config);
    KvCapacity capacity = need.capacity(layout);
    long rows = Math.min(ROWS, capacity.tokenCount()) + need.sequences();
    long activations =
        6L * config.embeddingLength()
            + 3L * config.feedForwardLength()
            + 2L * attention.queryLength()
            + 2L * attention.kvLength();
    long stream = 2L * config.recursionCount() * config.embeddingLength();
    long floats = rows * (stream + config.vocabularySize());
    for (int region = 0; region < layout.regions().size(); region++) {
      long slots =
          region == layout.blockRegion() ? capacity.blockSlotCount() : capacity.tokenCount();
      long window = Math.ceilDiv(slots + 1, TILE) * TILE;
      floats += rows * activations + attending.floats(attention, rows, window);
    }
    return floats * FLOAT_BYTES;
  }

  long ofLayers(int first, int end) {
    return Arrays.stream(layers, first, end).sum();
  }
}
