package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Loader;
import dev.mor4j.ggml.ffi.Mor;
import dev.mor4j.natives.MissingLibrariesException;
import dev.mor4j.natives.NativeLibraries;
import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The loaded ggml: loaded once a process, on first use, from the place that {@link NativeLibraries}
 * finds. Everything in this package passes through {@link #load} before its first call into C.
 */
public final class GgmlLibrary {
  /** The ggml that the bindings were generated for; another may have other struct layouts. */
  static final String EXPECTED_VERSION = "0.25.1";

  /**
   * System property that names folders of further backends, parted as those of a class path. Read
   * once, when the library is loaded.
   */
  public static final String BACKENDS_PROPERTY = "mor4j.backends";

  /** Environment variable that does the same where the property is not set. */
  public static final String BACKENDS_VARIABLE = "MOR4J_BACKENDS";

  /** {@code MOR_LOG_CAPACITY}: one call takes all. */
  private static final int LOG_BYTES = 64 * 1024;

  private final Path folder;
  private final String version;
  private final String commit;
  private final List<String> backendProblems;

  private GgmlLibrary() {
    folder = NativeLibraries.load();
    Mor.mor_log_capture(Ggml.GGML_LOG_LEVEL_WARN());
    version = Loader.string(Ggml.ggml_version());
    commit = Mor.mor_ggml_commit();
    if (!version.equals(EXPECTED_VERSION) && !version.startsWith(EXPECTED_VERSION + "-")) {
      throw new GgmlException(
          "%s: expected ggml %s, found %s; build the libraries with this project"
              .formatted(folder, EXPECTED_VERSION, version));
    }
    try (Arena call = Arena.ofConfined()) {
      Ggml.ggml_backend_load_all_from_path(call.allocateFrom(folder.toString()));
    }
    List<String> problems = new ArrayList<>(new BackendFolder(folder, version).loadMissing());
    for (Path named : namedFolders()) {
      problems.addAll(new BackendFolder(named, version).load());
    }
    backendProblems = List.copyOf(problems);
  }

  private static List<Path> namedFolders() {
    String named =
        System.getProperty(
            BACKENDS_PROPERTY, Objects.requireNonNullElse(System.getenv(BACKENDS_VARIABLE), ""));
    return Arrays.stream(named.split(Pattern.quote(File.pathSeparator), -1))
        .filter(folder -> !folder.isBlank())
        .map(folder -> Path.of(folder).toAbsolutePath())
        .toList();
  }

  /** The library, or why it could not be loaded: a second try would end the same. */
  private record Outcome(@Nullable GgmlLibrary library, @Nullable GgmlException failure) {
    static final Outcome OF_THIS_PROCESS = attempt();

    private static Outcome attempt() {
      try {
        return new Outcome(new GgmlLibrary(), null);
      } catch (GgmlException failure) {
        return new Outcome(null, failure);
      } catch (MissingLibrariesException missing) {
        String tried = Objects.requireNonNull(missing.getMessage());
        return new Outcome(null, new GgmlException(tried, missing));
      } catch (LinkageError failure) {
        // Libraries of that name, but not ours: a function is missing.
        Throwable reason = failure.getCause() == null ? failure : failure.getCause();
        return new Outcome(
            null,
            new GgmlException(
                "the native libraries do not fit these bindings (%s): build them with this project"
                    .formatted(reason.getMessage()),
                failure));
      }
    }
  }

  /**
   * Loads ggml and its backends, unless that was done.
   *
   * @throws GgmlException naming every place tried, in the loader's words; the same each time
   */
  public static GgmlLibrary load() {
    Outcome outcome = Outcome.OF_THIS_PROCESS;
    if (outcome.library() != null) {
      return outcome.library();
    }
    GgmlException failure = Objects.requireNonNull(outcome.failure());
    throw new GgmlException(Objects.requireNonNull(failure.getMessage()), failure);
  }

  /** Where the libraries were loaded from. */
  public Path folder() {
    return folder;
  }

  /** ggml's own version. */
  public String version() {
    return version;
  }

  /** Upstream commit that the libraries were built from. */
  public String commit() {
    return commit;
  }

  /**
   * Backends that are there and could not be loaded, or found no device, a line each with the
   * reason: no driver, a missing library, another version of ggml.
   */
  public List<String> backendProblems() {
    return backendProblems;
  }

  /** What ggml logged as warning or error since the last call, as {@code ": ..."}; or nothing. */
  static String lastWords() {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment text = call.allocate(LOG_BYTES);
      long length = Mor.mor_log_drain(text, LOG_BYTES);
      byte[] bytes = text.asSlice(0, length).toArray(Ggml.C_CHAR);
      String words = new String(bytes, StandardCharsets.UTF_8).strip().replace('\n', ';');
      return words.isEmpty() ? "" : ": " + words;
    }
  }
}
