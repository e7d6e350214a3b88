package dev.mor4j.tests.fuzz;

import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyModel.Weight;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/** Model files whose tensors are random bits. */
final class RandomBytes {
  private RandomBytes() {}

  /** Writes a model with one tensor of another type. */
  static void write(TinyModel model, String name, TensorType type, Path path) throws IOException {
    Random random = new Random(type.id());
    try (GgufWriter writer = GgufWriter.create(path)) {
      model.metadata().forEach(writer::metadata);
      model
          .weights()
          .forEach(
              (each, weight) ->
                  writer.tensor(each, each.equals(name) ? type : weight.type(), weight.shape()));
      for (Map.Entry<String, Weight> weight : model.weights().entrySet()) {
        TensorType own = weight.getKey().equals(name) ? type : weight.getValue().type();
        long rowBytes = own.rowBytes(weight.getValue().shape().size0());
        byte[] bytes = new byte[Math.toIntExact(rowBytes * weight.getValue().shape().rowCount())];
        random.nextBytes(bytes);
        writer.write(weight.getKey(), MemorySegment.ofArray(bytes));
      }
      writer.commit();
    }
  }
}
