package dev.mor4j.cli.options;

import dev.mor4j.quantize.FileType;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the type of a quantized file by llama.cpp's names. */
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
