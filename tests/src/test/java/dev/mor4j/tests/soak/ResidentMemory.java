package dev.mor4j.tests.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The resident memory of this process. Linux only. */
final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");

  /** A mapping: addresses, permissions, offset, device, inode, name. */
  private static final Pattern MAPPING =
      Pattern.compile("\\p{XDigit}+-\\p{XDigit}+ (?:\\S+ +){3}\\d+ *(.*)");

  private ResidentMemory() {}

  /** Resident bytes after a garbage collection. */
  static long bytes() throws IOException {
    System.gc();
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IOException(STATUS + ": expected a line VmRSS, found none");
  }

  /** Resident bytes by mapped file or kind of memory. */
  static Map<String, Long> byMapping() throws IOException {
    Map<String, Long> bytes = new TreeMap<>();
    String name = "";
    for (String line : Files.readAllLines(MAPPINGS)) {
      Matcher mapping = MAPPING.matcher(line);
      if (mapping.matches()) {
        name = mapping.group(1).isEmpty() ? "[anonymous]" : mapping.group(1);
      } else if (line.startsWith("Rss:")) {
        bytes.merge(name, Long.parseLong(line.replaceAll("\\D", "")) << 10, Long::sum);
      }
    }
    return bytes;
  }
}
