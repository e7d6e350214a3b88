package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.TensorType;

/**
 * What becomes of one tensor.
 *
 * @param source in the input
 * @param wanted the type that the recipe asks for
 * @param type the type it gets: another one where its rows do not fill the wanted type's blocks
 */
public record TensorPlan(GgufTensorInfo source, TensorType wanted, TensorType type) {

  /** Its name in both files. */
  public String name() {
    return source.name();
  }

  /** Whether rows do not fill the blocks of the wanted type. */
  public boolean isFallback() {
    return wanted != type;
  }

  /** Whether the bytes are copied as they are. */
  public boolean isCopied() {
    return type == source.type();
  }

  /** Bytes in the output. */
  public long byteSize() {
    return type.rowBytes(source.shape().size0()) * source.shape().rowCount();
  }
}
