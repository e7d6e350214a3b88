package dev.mor4j.cli.options;

import dev.mor4j.files.OutputTarget;
import java.io.File;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads the name of an output file; {@code -} is standard output. */
public final class OutputPath implements ITypeConverter<Path> {
  @Override
  public Path convert(String name) {
    if (name.equals("-")) {
      return OutputTarget.STANDARD_OUTPUT;
    }
    if (name.isEmpty()) {
      throw new TypeConversionException("expected the name of a file, found an empty text");
    }
    // Path drops a separator at the end, and a file would be written where a folder is meant.
    if (name.endsWith("/") || name.endsWith(File.separator)) {
      throw new TypeConversionException(
          "expected the name of a file, found the folder %s: add a file name".formatted(name));
    }
    try {
      return Path.of(name);
    } catch (InvalidPathException invalid) {
      throw new TypeConversionException(
          "expected the name of a file, found '%s' (%s)".formatted(name, invalid.getReason()));
    }
  }
}
