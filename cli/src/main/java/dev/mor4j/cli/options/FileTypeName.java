package dev.mor4j.cli.options;

import dev.mor4j.quantize.FileType;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** What a GGUF file is quantized to, by the names of llama.cpp. */
public final class FileTypeName implements ITypeConverter<FileType> {
  @Override
  public FileType convert(String name) {
    try {
      return FileType.named(name);
    } catch (IllegalArgumentException wrong) {
      throw new TypeConversionException(wrong.getMessage());
    }
  }
}
