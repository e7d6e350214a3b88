package dev.mor4j.ggml;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** What the system says of the host's memory, where ggml knows its size only. */
final class HostMemory {
  private static final Path MEMINFO = Path.of("/proc/meminfo");

  private HostMemory() {}

  /** Bytes that Linux thinks can be had without swapping; empty on other systems. */
  static OptionalLong availableBytes() {
    try (Stream<String> lines = Files.lines(MEMINFO)) {
      return lines.flatMapToLong(HostMemory::available).findFirst();
    } catch (IOException | UncheckedIOException unknown) {
      return OptionalLong.empty();
    }
  }

  /** The bytes of the line {@code MemAvailable: 24104960 kB}; nothing of any other. */
  static LongStream available(String line) {
    return line.matches("MemAvailable:\\s+\\d{1,15} kB")
        ? LongStream.of(Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        : LongStream.empty();
  }
}
