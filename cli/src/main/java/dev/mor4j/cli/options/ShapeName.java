package dev.mor4j.cli.options;

import dev.mor4j.quantize.ModelShape;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a model size by its name in the MoR paper. */
public final class ShapeName implements ITypeConverter<ModelShape> {
  @Override
  public ModelShape convert(String name) {
    try {
      return ModelShape.named(name);
    } catch (IllegalArgumentException wrong) {
      throw new TypeConversionException(wrong.getMessage());
    }
  }
}
