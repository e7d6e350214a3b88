package dev.mor4j.quantize;

import dev.mor4j.ggml.Quantization;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** A GGUF file that has what a quantizer looks at, with random values. */
final class SmallModel {
  /** Matrices of 256 values a row, as blocks of types with K need. */
  static final long WIDTH = 256;

  private record Weight(TensorType type, Shape shape, float[] values) {}

  private final Map<String, GgufValue> metadata = new LinkedHashMap<>();
  private final Map<String, Weight> weights = new LinkedHashMap<>();
  private final Random random = new Random(7);

  private SmallModel(String architecture) {
    metadata.put("general.architecture", GgufValue.string(architecture));
    metadata.put("general.file_type", GgufValue.uint32(0));
    metadata.put("general.name", GgufValue.string("small"));
    metadata.put(architecture + ".block_count", GgufValue.uint32(1));
    metadata.put(architecture + ".attention.head_count", GgufValue.uint32(4));
    metadata.put(architecture + ".attention.head_count_kv", GgufValue.uint32(2));
    metadata.put("test.list", GgufValue.float32s(new float[] {1, 2, 3}));
  }

  /** One recursive block, a router, and the token embedding as head. */
  static SmallModel recursive() {
    return new SmallModel("mor")
        .with("token_embd.weight", TensorType.F32, WIDTH, 64)
        .with("output_norm.weight", TensorType.F32, WIDTH)
        .with("blk.0.step.0.attn_q.weight", TensorType.F32, WIDTH, 48)
        .with("blk.0.step.1.attn_q.weight", TensorType.F32, WIDTH, 48)
        .with("blk.0.attn_norm.weight", TensorType.F32, WIDTH)
        .with("blk.0.ffn_up.weight", TensorType.F32, WIDTH, 96)
        .with("blk.0.ffn_down.weight", TensorType.F32, 96, WIDTH)
        .with("router.up.weight", TensorType.F32, WIDTH, 512);
  }

  SmallModel with(String name, TensorType type, long... sizes) {
    Shape shape = Shape.of(sizes);
    float[] values = new float[(int) shape.valueCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian() / 16;
    }
    weights.put(name, new Weight(type, shape, values));
    return this;
  }

  SmallModel with(String key, GgufValue value) {
    metadata.put(key, value);
    return this;
  }

  SmallModel without(String key) {
    metadata.remove(key);
    return this;
  }

  /** Puts a value into a tensor. */
  SmallModel withValue(String name, int index, float value) {
    floats(name)[index] = value;
    return this;
  }

  float[] floats(String name) {
    Weight weight = weights.get(name);
    if (weight == null) {
      throw new IllegalArgumentException(name);
    }
    return weight.values();
  }

  Path write(Path path) throws IOException {
    try (GgufWriter writer = GgufWriter.create(path);
        Arena arena = Arena.ofConfined()) {
      metadata.forEach(writer::metadata);
      weights.forEach((name, weight) -> writer.tensor(name, weight.type(), weight.shape()));
      for (Map.Entry<String, Weight> entry : weights.entrySet()) {
        Weight weight = entry.getValue();
        long width = weight.shape().size0();
        long rows = weight.shape().rowCount();
        MemorySegment bytes = arena.allocate(rows * weight.type().rowBytes(width), 32);
        MemorySegment values = arena.allocateFrom(ValueLayout.JAVA_FLOAT, weight.values());
        Quantization.encode(weight.type(), values, bytes, rows, width);
        writer.write(entry.getKey(), bytes);
      }
      writer.commit();
    }
    return path;
  }
}
