package dev.mor4j.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Counts of bytes as people read them. */
final class ByteSize {
  private static final String UNITS = "KMGTPE";

  private ByteSize() {}

  /** In the largest binary unit that leaves a number above one: {@code 1.5 MiB}. */
  static String text(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int power = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    double value = bytes / (double) (1L << (10 * power));
    return String.format(Locale.ROOT, "%.1f %siB", value, UNITS.charAt(power - 1));
  }

  /** Reads a flag: a whole number, with K, M, G or T for binary units. */
  static final class Converter implements ITypeConverter<Long> {
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
}
