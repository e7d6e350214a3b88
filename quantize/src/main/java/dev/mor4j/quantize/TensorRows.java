package dev.mor4j.quantize;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.nio.file.Path;

/**
 * A tensor that is to be encoded.
 *
 * @param file that messages name
 * @param name that messages give the tensor
 * @param type that it gets
 */
record TensorRows(Path file, String name, Shape shape, TensorType type, RowSource source) {

  long rowValues() {
    return shape.size0();
  }

  long rowCount() {
    return shape.rowCount();
  }
}
