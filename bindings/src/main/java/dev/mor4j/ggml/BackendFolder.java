package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder of loadable backends such as {@code libggml-cuda.so}. A backend that cannot be loaded is
 * reported and does not fail the load of the others.
 */
final class BackendFolder {
  /** Backends, except ggml-base and the CPU backends, which are part of the natives. */
  private static final Pattern BACKEND =
      Pattern.compile("(?:lib)?ggml-(?!base\\b|cpu\\b)([A-Za-z0-9_]+)\\.(?:so|dylib|dll)");

  private static final Pattern BASE = Pattern.compile("(?:lib)?ggml-base\\.(?:so|dylib|dll)");

  /** Written by the native build. The first line is {@code ggml} and the version. */
  private static final String INDEX = "libraries.txt";

  private static final String INDEX_START = "ggml ";

  private final Path folder;
  private final String version;

  /**
   * @param version the version of ggml that its backends must have been built with
   */
  BackendFolder(Path folder, String version) {
    this.folder = folder;
    this.version = version;
  }

  /**
   * Loads all backends of the folder if they were built with the same version of ggml.
   *
   * @return the problems, one line each
   */
  List<String> load() {
    try {
      List<Path> backends = backends();
      if (backends.isEmpty()) {
        return List.of(folder + ": expected backends such as libggml-cuda.so, found none");
      }
      return load(backends);
    } catch (IOException failure) {
      return List.of(folder + ": cannot be read: " + reason(failure));
    }
  }

  /**
   * Loads one file of the folder if it was built with the same version of ggml.
   *
   * @return the problems, one line each
   */
  List<String> load(Path backend) {
    try {
      return Files.isRegularFile(backend)
          ? load(List.of(backend))
          : List.of(backend + ": expected a backend such as libggml-cuda.so, found no file");
    } catch (IOException failure) {
      return List.of(folder + ": cannot be read: " + reason(failure));
    }
  }

  private List<String> load(List<Path> backends) throws IOException {
    String found = builtWith().orElse("neither " + INDEX + " nor ggml's base library");
    if (!released(found).equals(released(version))) {
      return List.of(
          "%s: expected backends built with ggml %s, found %s: not loaded"
              .formatted(folder, version, found));
    }
    return backends.stream().flatMap(backend -> open(backend).stream()).toList();
  }

  /**
   * Loads the backends of this folder that ggml could not load, to get the reasons, which ggml does
   * not report by itself.
   *
   * @return the problems, one line each
   */
  List<String> loadMissing() {
    try {
      return backends().stream().flatMap(backend -> open(backend).stream()).toList();
    } catch (IOException failure) {
      return List.of(folder + ": cannot be read: " + reason(failure));
    }
  }

  private static String reason(IOException failure) {
    return switch (failure) {
      case NoSuchFileException _ -> "no such folder";
      case NotDirectoryException _ -> "not a folder";
      default -> failure.toString();
    };
  }

  private List<Path> backends() throws IOException {
    return files(BACKEND);
  }

  private List<Path> files(Pattern names) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> names.matcher(file.getFileName().toString()).matches())
          .sorted()
          .toList();
    }
  }

  /** The version of ggml that the folder belongs to; no library is loaded to find out. */
  private Optional<String> builtWith() throws IOException {
    Path index = folder.resolve(INDEX);
    if (Files.isRegularFile(index)) {
      try (Stream<String> lines = Files.lines(index, StandardCharsets.ISO_8859_1)) {
        return lines
            .filter(line -> line.startsWith(INDEX_START))
            .map(line -> line.substring(INDEX_START.length()).strip())
            .findFirst();
      }
    }
    List<Path> bases = files(BASE);
    if (bases.isEmpty()) {
      return Optional.empty();
    }
    // with the NULs around a C string, so that 0.25.1 is not found in 10.25.12
    String text = Files.readString(bases.getFirst(), StandardCharsets.ISO_8859_1);
    String start = "\0" + released(version);
    boolean isSame = text.contains(start + "\0") || text.contains(start + "-dirty\0");
    return Optional.of(isSame ? version : "another in " + bases.getFirst());
  }

  /** Without the suffix that ggml appends if its sources were modified. */
  private static String released(String version) {
    return version.replaceFirst("-dirty$", "");
  }

  private List<String> open(Path backend) {
    List<String> problems = new ArrayList<>();
    long before = Ggml.ggml_backend_dev_count();
    try (Arena call = Arena.ofConfined()) {
      if (isLoaded(backend, call)) {
        return problems;
      }
      GgmlLibrary.drainLog(); // discards messages about other backends
      boolean isLoaded =
          !Ggml.ggml_backend_load(call.allocateFrom(backend.toString())).equals(MemorySegment.NULL);
      String log = reason(GgmlLibrary.drainLog(), backend);
      if (!isLoaded) {
        problems.add(
            "%s cannot be loaded%s"
                .formatted(backend, log.isEmpty() ? ": not built for this machine" : log));
      } else if (Ggml.ggml_backend_dev_count() == before) {
        problems.add("%s is loaded, but found no device%s".formatted(backend, log));
      }
    }
    return problems;
  }

  /** ggml's message without the file name, which the problem names already, and made clearer. */
  private static String reason(String log, Path backend) {
    return log.replace("load_backend: failed to load " + backend + ": ", "")
        .replace(
            "load_backend: failed to initialize backend from %s: ggml_backend_init returned NULL"
                .formatted(backend),
            "it finds no driver that it can use");
  }

  /**
   * Whether a backend of this name is loaded, from whatever folder. Two copies of a backend would
   * not know of each other's use of device memory.
   */
  private static boolean isLoaded(Path backend, Arena call) {
    Matcher name = BACKEND.matcher(backend.getFileName().toString());
    return name.matches()
        && !Ggml.ggml_backend_reg_by_name(call.allocateFrom(name.group(1)))
            .equals(MemorySegment.NULL);
  }
}
