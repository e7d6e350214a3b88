package dev.mor4j.ggml;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The host's memory as Linux reports it, limited by the control groups of this process. ggml knows
 * only the size of the whole machine. All values are empty on other systems.
 *
 * @param availableBytes memory that can be allocated without swapping, within the limits of the
 *     control groups
 * @param limitBytes the smallest limit of the control groups; empty if there is none
 */
record HostMemory(OptionalLong availableBytes, OptionalLong limitBytes) {
  /** Limits near {@link Long#MAX_VALUE}, rounded to pages, mean that there is none. */
  private static final long NO_LIMIT = 1L << 60;

  /** Reads the memory of this machine. */
  static HostMemory here() {
    return of(Path.of("/"));
  }

  /**
   * Reads the memory of a system.
   *
   * @param root the folder that contains {@code proc} and {@code sys}
   */
  static HostMemory of(Path root) {
    OptionalLong kibibytes = value(root.resolve("proc/meminfo"), "MemAvailable:\\s+(\\d{1,15}) kB");
    OptionalLong available =
        kibibytes.isPresent() ? OptionalLong.of(kibibytes.getAsLong() * 1024) : kibibytes;
    OptionalLong limit = OptionalLong.empty();
    for (Group group : groups(root)) {
      OptionalLong max = group.limit();
      if (max.isPresent()) {
        limit = smaller(limit, max.getAsLong());
        available = smaller(available, Math.max(0, max.getAsLong() - group.heldBytes()));
      }
    }
    return new HostMemory(available, limit);
  }

  /**
   * The memory control groups of this process, from its own to the outermost that is visible. In a
   * container with a group namespace of its own, that is the mounted root only.
   */
  private static List<Group> groups(Path root) {
    List<Group> groups = new ArrayList<>();
    for (String line : text(root.resolve("proc/self/cgroup")).lines().toList()) {
      String[] fields = line.split(":", 3);
      if (fields.length == 3 && fields[0].equals("0") && fields[1].isEmpty()) {
        addAll(root.resolve("sys/fs/cgroup"), fields[2], true, groups);
      } else if (fields.length == 3 && List.of(fields[1].split(",")).contains("memory")) {
        addAll(root.resolve("sys/fs/cgroup/memory"), fields[2], false, groups);
      }
    }
    return groups;
  }

  private static void addAll(Path mount, String name, boolean isUnified, List<Group> groups) {
    @Nullable Path folder = folder(mount, name);
    while (folder != null && !folder.equals(mount)) {
      groups.add(new Group(folder, isUnified));
      folder = folder.getParent();
    }
    groups.add(new Group(mount, isUnified));
  }

  /** The folder of a group; the mount itself for a group outside of the namespace. */
  private static Path folder(Path mount, String name) {
    try {
      Path folder = mount.resolve("." + name).normalize();
      return folder.startsWith(mount) ? folder : mount;
    } catch (InvalidPathException strange) {
      return mount;
    }
  }

  /**
   * One control group.
   *
   * @param isUnified whether its files are those of version 2
   */
  private record Group(Path folder, boolean isUnified) {
    OptionalLong limit() {
      OptionalLong limit =
          value(folder.resolve(isUnified ? "memory.max" : "memory.limit_in_bytes"), "(\\d{1,19})");
      return limit.isPresent() && limit.getAsLong() < NO_LIMIT ? limit : OptionalLong.empty();
    }

    /** Bytes that cannot be reclaimed: mapped and cached pages of files can. */
    long heldBytes() {
      String prefix = isUnified ? "" : "total_";
      Path statistics = folder.resolve("memory.stat");
      long used =
          value(
                  folder.resolve(isUnified ? "memory.current" : "memory.usage_in_bytes"),
                  "(\\d{1,19})")
              .orElse(0);
      long reclaimable =
          value(statistics, prefix + "inactive_file (\\d{1,18})").orElse(0)
              + value(statistics, prefix + "active_file (\\d{1,18})").orElse(0);
      return Math.max(0, used - reclaimable);
    }
  }

  private static OptionalLong smaller(OptionalLong one, long other) {
    return OptionalLong.of(one.isPresent() ? Math.min(one.getAsLong(), other) : other);
  }

  /** The number in the first line of a file that a pattern matches as a whole. */
  private static OptionalLong value(Path file, String pattern) {
    Pattern line = Pattern.compile(pattern);
    return text(file)
        .lines()
        .flatMap(each -> matched(line, each))
        .mapToLong(Long::longValue)
        .findFirst();
  }

  private static Stream<Long> matched(Pattern pattern, String line) {
    Matcher matcher = pattern.matcher(line.strip());
    try {
      return matcher.matches() ? Stream.of(Long.valueOf(matcher.group(1))) : Stream.of();
    } catch (NumberFormatException tooLarge) {
      return Stream.of();
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1);
    } catch (IOException unknown) {
      return "";
    }
  }
}
