package dev.mor4j.tests.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the process holds of the machine's memory. Linux only. */
final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path MAPPINGS = Path.of("/proc/self/smaps");

  /** Addresses, rights, offset, device, inode, name. */
  private static final Pattern MAPPING =
      Pattern.compile("\\p{XDigit}+-\\p{XDigit}+ (?:\\S+ +){3}\\d+ *(.*)");

  private ResidentMemory() {}

  /** Bytes in use now that the garbage of the Java heap is gone. */
  static long bytes() throws IOException {
    System.gc();
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith("VmRSS:")) {
        return Long.parseLong(line.replaceAll("\\D", "")) << 10;
      }
    }
    throw new IOException(STATUS + ": no line VmRSS");
  }

  /** Bytes in use by the file that is mapped, or the kind of memory. */
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
