package dev.mor4j.quantize;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import java.util.List;

/**
 * A tensor of the GGUF file to be written.
 *
 * @param sources the checkpoint's tensors that it stands for, equal bit for bit; never empty
 */
record StoredTensor(String name, TensorType type, Shape shape, List<CheckpointTensor> sources) {
  StoredTensor {
    sources = List.copyOf(sources);
  }

  CheckpointTensor source() {
    return sources.get(0);
  }

  long byteSize() {
    return type.rowBytes(shape.size0()) * shape.rowCount();
  }
}
