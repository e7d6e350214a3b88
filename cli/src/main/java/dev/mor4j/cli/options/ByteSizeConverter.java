package dev.mor4j.cli.options;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads a number of bytes: a whole number, with K, M, G or T for binary units. */
final class ByteSizeConverter implements ITypeConverter<Long> {
  private static final String UNITS = "KMGT";
  private static final Pattern SIZE = Pattern.compile("(\\d{1,18})([KMGT]?)");

  @Override
  public Long convert(String text) {
    Matcher parts = SIZE.matcher(text.toUpperCase(Locale.ROOT));
    if (parts.matches()) {
      long value = Long.parseLong(parts.group(1));
      int shift = parts.group(2).isEmpty() ? 0 : 10 * (UNITS.indexOf(parts.group(2)) + 1);
      if (value <= Long.MAX_VALUE >> shift) {
        return value << shift;
      }
    }
    throw new TypeConversionException(
        "expected a number of bytes, as in 1048576, 512M or 2G, found " + text);
  }
}
