package dev.mor4j.cli.output;

import java.util.Locale;

/** Counts of bytes as people read them. */
public final class ByteSize {
  private static final String UNITS = "KMGTPE";

  private ByteSize() {}

  /** In the largest binary unit that leaves a number above one: {@code 1.5 MiB}. */
  public static String text(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int power = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    double value = bytes / (double) (1L << (10 * power));
    return String.format(Locale.ROOT, "%.1f %siB", value, UNITS.charAt(power - 1));
  }
}
