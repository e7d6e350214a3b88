package dev.mor4j.engine;

import java.util.BitSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The kernel's lists of numbers, as {@code 0-3,8}. */
final class CpuList {
  /** More than any kernel is built for. */
  private static final int MOST = 1 << 16;

  private static final Pattern RANGE = Pattern.compile("(\\d{1,5})(?:-(\\d{1,5}))?");

  private CpuList() {}

  /** The numbers; none if it is anything else. */
  static BitSet parse(String text) {
    BitSet numbers = new BitSet();
    for (String part : text.strip().split(",", -1)) {
      Matcher range = RANGE.matcher(part);
      if (!range.matches()) {
        return new BitSet();
      }
      int first = Integer.parseInt(range.group(1));
      int last = range.group(2) == null ? first : Integer.parseInt(range.group(2));
      if (last < first || last >= MOST) {
        return new BitSet();
      }
      numbers.set(first, last + 1);
    }
    return numbers;
  }
}
