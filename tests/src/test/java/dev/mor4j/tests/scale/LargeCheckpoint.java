package dev.mor4j.tests.scale;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Writes a checkpoint folder in the format of the official trainer, with random bfloat16 weights in
 * shards, to try {@code mor convert} at full size. Needs only a JDK:
 *
 * <pre>java tests/src/test/java/dev/mor4j/tests/scale/LargeCheckpoint.java FOLDER [RECURSIONS]
 * </pre>
 *
 * <p>writes the 1.7B model of the MoR paper, 3.4 GB in 4 shards. With 2 or more recursions it is an
 * expert-choice model in which every alias of a shared tensor is written out, as the trainer does
 * (3.9 GB with 3 recursions).
 */
public final class LargeCheckpoint {
  private static final int PIECE_VALUES = 1 << 18;
  private static final double DEVIATION = 0.02;

  /** Sizes of the model without recursion, and the maximum size of a shard. */
  public record Sizes(
      int layers,
      int hidden,
      int heads,
      int kvHeads,
      int feedForward,
      int vocabulary,
      long shardBytes) {
    static final Sizes LARGE = new Sizes(24, 2048, 32, 32, 8192, 49_152, 1 << 30);
  }

  /** A tensor with its shape in PyTorch order; aliases have the same seed. */
  private record Weight(String name, List<Integer> shape, int seed) {
    long values() {
      return shape.stream().mapToLong(Integer::longValue).reduce(1, (a, b) -> a * b);
    }

    long bytes() {
      return values() * Short.BYTES;
    }
  }

  private final Sizes sizes;
  private final int recursions;
  private final List<Weight> weights = new ArrayList<>();

  private LargeCheckpoint(Sizes sizes, int recursions) {
    this.sizes = sizes;
    this.recursions = recursions;
    add("model.embed_tokens.weight", sizes.vocabulary(), sizes.hidden());
    add("model.norm.weight", sizes.hidden());
    if (recursions == 1) {
      for (int layer = 0; layer < sizes.layers(); layer++) {
        addLayer("model.layers." + layer + ".", layer);
      }
      return;
    }
    addLayer("model.layers.0.", 0);
    for (int step = 0; step < recursions; step++) {
      String module = "model.layers." + (1 + step) + ".";
      add(module + "mor_router.router.weight", 1, sizes.hidden());
      for (int layer = 0; layer < blockLength(); layer++) {
        addLayer(module + "block." + layer + ".", 1 + layer);
      }
    }
    addLayer("model.layers." + (1 + recursions) + ".", 1 + blockLength());
  }

  private int blockLength() {
    return Math.ceilDiv(sizes.layers() - 2, recursions);
  }

  /** Layers with the same number have the same weights. */
  private void addLayer(String prefix, int number) {
    int first = 1000 * (1 + number);
    int hidden = sizes.hidden();
    int keys = hidden / sizes.heads() * sizes.kvHeads();
    add(first, prefix + "input_layernorm.weight", hidden);
    add(first + 1, prefix + "self_attn.q_proj.weight", hidden, hidden);
    add(first + 2, prefix + "self_attn.k_proj.weight", keys, hidden);
    add(first + 3, prefix + "self_attn.v_proj.weight", keys, hidden);
    add(first + 4, prefix + "self_attn.o_proj.weight", hidden, hidden);
    add(first + 5, prefix + "post_attention_layernorm.weight", hidden);
    add(first + 6, prefix + "mlp.gate_proj.weight", sizes.feedForward(), hidden);
    add(first + 7, prefix + "mlp.up_proj.weight", sizes.feedForward(), hidden);
    add(first + 8, prefix + "mlp.down_proj.weight", hidden, sizes.feedForward());
  }

  private void add(String name, Integer... shape) {
    add(weights.size(), name, shape);
  }

  private void add(int seed, String name, Integer... shape) {
    weights.add(new Weight(name, List.of(shape), seed));
  }

  /** Writes the folder, which may exist. */
  public static void write(Path folder, Sizes sizes, int recursions) throws IOException {
    Files.createDirectories(folder);
    LargeCheckpoint checkpoint = new LargeCheckpoint(sizes, recursions);
    Files.writeString(folder.resolve("config.json"), checkpoint.config());
    Files.writeString(folder.resolve("mor_config.yaml"), checkpoint.yaml());
    List<List<Weight>> shards = checkpoint.shards();
    StringBuilder index = new StringBuilder();
    for (int shard = 0; shard < shards.size(); shard++) {
      String name = "model-%05d-of-%05d.safetensors".formatted(shard + 1, shards.size());
      writeShard(folder.resolve(name), shards.get(shard));
      for (Weight weight : shards.get(shard)) {
        index
            .append(index.isEmpty() ? "" : ", ")
            .append("\"%s\": \"%s\"".formatted(weight.name(), name));
      }
    }
    Files.writeString(
        folder.resolve("model.safetensors.index.json"), "{\"weight_map\": {" + index + "}}");
  }

  private List<List<Weight>> shards() {
    List<List<Weight>> shards = new ArrayList<>();
    long room = 0;
    for (Weight weight : weights) {
      if (weight.bytes() > room) {
        shards.add(new ArrayList<>());
        room = Math.max(sizes.shardBytes(), weight.bytes());
      }
      shards.getLast().add(weight);
      room -= weight.bytes();
    }
    return shards;
  }

  private static void writeShard(Path file, List<Weight> shard) throws IOException {
    StringBuilder header = new StringBuilder();
    long offset = 0;
    for (Weight weight : shard) {
      long end = offset + weight.bytes();
      header
          .append(header.isEmpty() ? "{" : ", ")
          .append(
              "\"%s\": {\"dtype\": \"BF16\", \"shape\": %s, \"data_offsets\": [%d, %d]}"
                  .formatted(weight.name(), weight.shape(), offset, end));
      offset = end;
    }
    byte[] json = header.append('}').toString().getBytes(StandardCharsets.US_ASCII);
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      write(channel, littleEndian(Long.BYTES).putLong(json.length));
      write(channel, ByteBuffer.allocate(json.length).put(json));
      for (Weight weight : shard) {
        writeValues(channel, weight);
      }
    }
  }

  private static void writeValues(FileChannel channel, Weight weight) throws IOException {
    double mean = weight.name().endsWith("norm.weight") ? 1 : 0;
    SplittableRandom random = new SplittableRandom(1_000_003L * weight.seed());
    ByteBuffer piece = littleEndian(PIECE_VALUES * Short.BYTES);
    for (long first = 0; first < weight.values(); first += PIECE_VALUES) {
      piece.clear();
      for (long i = Math.min(PIECE_VALUES, weight.values() - first); i > 0; i--) {
        float value = (float) (mean + DEVIATION * random.nextGaussian());
        piece.putShort((short) (Float.floatToRawIntBits(value) >>> 16));
      }
      write(channel, piece);
    }
  }

  private static ByteBuffer littleEndian(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void write(FileChannel channel, ByteBuffer filled) throws IOException {
    filled.flip();
    while (filled.hasRemaining()) {
      channel.write(filled);
    }
  }

  private String config() {
    return """
    {"architectures": ["MoRLlamaForCausalLM"], "model_type": "llama", "torch_dtype": "bfloat16",
     "hidden_size": %d, "intermediate_size": %d, "num_attention_heads": %d,
     "num_key_value_heads": %d, "num_hidden_layers": %d, "vocab_size": %d,
     "max_position_embeddings": 2048, "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
     "tie_word_embeddings": true}
    """
        .formatted(
            sizes.hidden(),
            sizes.feedForward(),
            sizes.heads(),
            sizes.kvHeads(),
            layersRun(),
            sizes.vocabulary());
  }

  private int layersRun() {
    return recursions == 1 ? sizes.layers() : 2 + recursions * blockLength();
  }

  private String yaml() {
    boolean recursive = recursions > 1;
    return """
    max_length: 2048
    model_config: {hidden_size: %d, num_hidden_layers: %d}
    recursive: {enable: %s, num_recursion: %d, sharing: middle_cycle}
    kv_sharing: {enable: false}
    mor:
      enable: %s
      type: expert
      capacity: null
      expert: {router_func: sigmoid, alpha: 0.1}
    """
        .formatted(sizes.hidden(), layersRun(), recursive, recursions, recursive);
  }

  /** Arguments: the folder, and the number of recursion steps (default: 1). */
  public static void main(String[] args) throws IOException {
    if (args.length < 1 || args.length > 2) {
      throw new IllegalArgumentException("expected FOLDER [RECURSIONS]");
    }
    write(Path.of(args[0]), Sizes.LARGE, args.length == 2 ? Integer.parseInt(args[1]) : 1);
  }
}
