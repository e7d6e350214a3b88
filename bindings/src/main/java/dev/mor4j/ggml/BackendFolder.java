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
 * A folder of loadable backends such as {@code libggml-cuda.so}. What cannot be loaded is told, and
 * costs no more than its devices.
 */
final class BackendFolder {
  /** The backends themselves: neither ggml's base nor the CPU's, which come with the natives. */
  private static final Pattern BACKEND =
      Pattern.compile("(?:lib)?ggml-(?!base\\b|cpu\\b)([A-Za-z0-9_]+)\\.(?:so|dylib|dll)");

  private static final Pattern BASE = Pattern.compile("(?:lib)?ggml-base\\.(?:so|dylib|dll)");

  /** As the native build writes it: the first line is {@code ggml} and the version. */
  private static final String INDEX = "libraries.txt";

  private static final String INDEX_START = "ggml ";

  private final Path folder;
  private final String version;

  /**
   * @param version that its backends must have been built with
   */
  BackendFolder(Path folder, String version) {
    this.folder = folder;
    this.version = version;
  }

  /**
   * Loads every backend of a folder that a user named, if it was built with the same ggml.
   *
   * @return what went wrong, a line each
   */
  List<String> load() {
    try {
      List<Path> backends = backends();
      if (backends.isEmpty()) {
        return List.of(folder + ": expected backends such as libggml-cuda.so, found none");
      }
      String found = builtWith().orElse("neither " + INDEX + " nor ggml's base library to tell");
      if (!released(found).equals(released(version))) {
        return List.of(
            "%s: expected backends built with ggml %s, found %s: not loaded"
                .formatted(folder, version, found));
      }
      return backends.stream().flatMap(backend -> load(backend).stream()).toList();
    } catch (IOException failure) {
      return List.of(folder + ": cannot be read: " + words(failure));
    }
  }

  /**
   * Says why backends of this folder are missing that ggml tried to load and was silent about.
   *
   * @return what went wrong, a line each
   */
  List<String> loadMissing() {
    try {
      return backends().stream().flatMap(backend -> load(backend).stream()).toList();
    } catch (IOException failure) {
      return List.of(folder + ": cannot be read: " + words(failure));
    }
  }

  private static String words(IOException failure) {
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

  /** The ggml version of the folder; its libraries are read for that, not run. */
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
    // a C string of its own, so that 0.25.1 is not found in 10.25.12
    String text = Files.readString(bases.getFirst(), StandardCharsets.ISO_8859_1);
    String start = "\0" + released(version);
    boolean isSame = text.contains(start + "\0") || text.contains(start + "-dirty\0");
    return Optional.of(isSame ? version : "another in " + bases.getFirst());
  }

  /** Without what ggml appends where its sources have been changed. */
  private static String released(String version) {
    return version.replaceFirst("-dirty$", "");
  }

  private List<String> load(Path backend) {
    List<String> problems = new ArrayList<>();
    long before = Ggml.ggml_backend_dev_count();
    try (Arena call = Arena.ofConfined()) {
      if (isLoaded(backend, call)) {
        return problems;
      }
      GgmlLibrary.lastWords(); // those of others
      boolean isLoaded =
          !Ggml.ggml_backend_load(call.allocateFrom(backend.toString())).equals(MemorySegment.NULL);
      String said = reason(GgmlLibrary.lastWords(), backend);
      if (!isLoaded) {
        problems.add(
            "%s cannot be loaded%s"
                .formatted(backend, said.isEmpty() ? ": not made for this machine" : said));
      } else if (Ggml.ggml_backend_dev_count() == before) {
        problems.add("%s is loaded, but finds no device%s".formatted(backend, said));
      }
    }
    return problems;
  }

  /** What ggml says, without what is said already, and in words that say what to do. */
  private static String reason(String said, Path backend) {
    return said.replace("load_backend: failed to load " + backend + ": ", "")
        .replace(
            "load_backend: failed to initialize backend from %s: ggml_backend_init returned NULL"
                .formatted(backend),
            "it finds no driver that it can use");
  }

  /** Another folder may have had it: two of a kind would share their devices' memory badly. */
  private static boolean isLoaded(Path backend, Arena call) {
    Matcher name = BACKEND.matcher(backend.getFileName().toString());
    return name.matches()
        && !Ggml.ggml_backend_reg_by_name(call.allocateFrom(name.group(1)))
            .equals(MemorySegment.NULL);
  }
}
