package dev.mor4j.cli.output;

import java.util.Locale;

/** Formats byte counts. */
public final class ByteSize {
  private static final String UNITS = "KMGTPE";

  private ByteSize() {}

  /** The count in the largest binary unit in which it is at least 1: {@code 1.5 MiB}. */
  public static String text(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int power = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    double value = bytes / (double) (1L << (10 * power));
    return String.format(Locale.ROOT, "%.1f %siB", value, UNITS.charAt(power - 1));
  }
}
