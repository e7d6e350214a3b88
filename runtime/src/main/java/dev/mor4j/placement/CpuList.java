package dev.mor4j.placement;

import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses the CPU and node lists of the Linux kernel, such as {@code 0-3,8}. */
final class CpuList {
  /** Upper limit of a number: more than any kernel is built for. */
  private static final int LIMIT = 1 << 16;

  private static final Pattern RANGE = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");

  private CpuList() {}

  /** The numbers in a list; empty if the text is no such list. */
  static BitSet parse(String text) {
    BitSet numbers = new BitSet();
    for (String part : text.strip().split(",", -1)) {
      Matcher range = RANGE.matcher(part);
      if (!range.matches()) {
        return new BitSet();
      }
      int first = Integer.parseInt(range.group(1));
      int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
      if (last < first || last >= LIMIT) {
        return new BitSet();
      }
      numbers.set(first, last + 1);
    }
    return numbers;
  }
}
