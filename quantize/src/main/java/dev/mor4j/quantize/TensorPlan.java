package dev.mor4j.quantize;

import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.TensorType;

/**
 * How one tensor is quantized.
 *
 * @param source the tensor in the input
 * @param wanted the type that the recipe asks for
 * @param type the type that is written: a fallback if rows do not fill the wanted type's blocks
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

  /** Whether a quantized tensor is decoded and quantized to another type. */
  public boolean isRequantized() {
    return source.type().isQuantized() && !isCopied();
  }

  /** Bytes in the output. */
  public long byteSize() {
    return type.rowBytes(source.shape().size0()) * source.shape().rowCount();
  }
}
