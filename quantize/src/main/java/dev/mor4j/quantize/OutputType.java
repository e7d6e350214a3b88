package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.KeyedChoice;

/** The type that a conversion gives to weight matrices; everything else stays F32. */
public enum OutputType implements KeyedChoice {
  F32("f32", TensorType.F32, 0),
  F16("f16", TensorType.F16, 1),
  BF16("bf16", TensorType.BF16, 32),
  Q8_0("q8_0", TensorType.Q8_0, 7);

  private final String key;
  private final TensorType tensorType;
  private final int fileType;

  OutputType(String key, TensorType tensorType, int fileType) {
    this.key = key;
    this.tensorType = tensorType;
    this.fileType = fileType;
  }

  @Override
  public String key() {
    return key;
  }

  /** The type of matrices whose rows it fits. */
  public TensorType tensorType() {
    return tensorType;
  }

  /** The number that stands for it under {@code general.file_type}. */
  int fileType() {
    return fileType;
  }

  /** The type of a matrix with rows of that many values: F16 where they do not fill blocks. */
  TensorType forRows(long values) {
    return values % tensorType.blockSize() == 0 ? tensorType : TensorType.F16;
  }
}
