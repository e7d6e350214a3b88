package dev.mor4j.quantize;

import dev.mor4j.architecture.Architecture;
import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.model.MorConfig;

/** The keys that describe a model, without those of its tokenizer. */
final class ModelMetadata {
  static final String FILE_TYPE = "general.file_type";
  static final String QUANTIZATION_VERSION = "general.quantization_version";

  /** {@code GGML_QNT_VERSION} in ggml.h. */
  static final int GGML_QUANTIZATION_VERSION = 2;

  private ModelMetadata() {}

  /** Declares the keys. */
  static void declare(
      GgufWriter writer, Architecture architecture, MorConfig config, FileType fileType) {
    architecture.metadata(config).forEach(writer::metadata);
    writer.metadata(FILE_TYPE, GgufValue.uint32(fileType.number()));
    if (fileType.tensorType().isQuantized()) {
      writer.metadata(QUANTIZATION_VERSION, GgufValue.uint32(GGML_QUANTIZATION_VERSION));
    }
  }
}
