package dev.mor4j.quantize;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.nio.file.Path;

/**
 * A tensor to encode.
 *
 * @param file the file that messages name
 * @param name the tensor that messages name
 * @param type the type to encode it in
 */
record TensorRows(Path file, String name, Shape shape, TensorType type, RowSource source) {

  long rowValues() {
    return shape.size0();
  }

  long rowCount() {
    return shape.rowCount();
  }
}
