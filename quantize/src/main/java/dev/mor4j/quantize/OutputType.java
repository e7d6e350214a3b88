package dev.mor4j.quantize;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.KeyedChoice;

/** The type of weight matrices in a converted file; all other tensors are F32. */
public enum OutputType implements KeyedChoice {
  F32("f32", FileType.F32),
  F16("f16", FileType.F16),
  BF16("bf16", FileType.BF16),
  Q8_0("q8_0", FileType.Q8_0);

  private final String key;
  private final FileType fileType;

  OutputType(String key, FileType fileType) {
    this.key = key;
    this.fileType = fileType;
  }

  @Override
  public String key() {
    return key;
  }

  /** The type of matrices whose rows fill its blocks. */
  public TensorType tensorType() {
    return fileType.tensorType();
  }

  FileType fileType() {
    return fileType;
  }

  /** The type of a matrix with rows of {@code values} values: F16 if they do not fill blocks. */
  TensorType forRows(long values) {
    return values % tensorType().blockSize() == 0 ? tensorType() : TensorType.F16;
  }
}
