package dev.mor4j.ggml;

import dev.mor4j.ggml.ffi.Ggml;
import dev.mor4j.ggml.ffi.Loader;
import dev.mor4j.ggml.ffi.Mor;
import dev.mor4j.gguf.Printable;
import dev.mor4j.natives.MissingLibrariesException;
import dev.mor4j.natives.NativeLibraries;
import java.io.File;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
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
 * The native libraries, loaded once per process on first use from the folder that {@link
 * NativeLibraries} finds. Every class in this package calls {@link #load} before its first call
 * into C. Any thread.
 */
public final class GgmlLibrary {
  /**
   * System property that names folders of further backends, separated like the entries of a class
   * path. Read once, when the libraries are loaded.
   */
  public static final String BACKENDS_PROPERTY = "mor4j.backends";

  /** Environment variable that is used if {@link #BACKENDS_PROPERTY} is not set. */
  public static final String BACKENDS_VARIABLE = "MOR4J_BACKENDS";

  /** Names a single backend file. ggml would load it without a check of its version. */
  private static final String BACKEND_FILE_VARIABLE = "GGML_BACKEND_PATH";

  private static final Logger LOGGER = System.getLogger("dev.mor4j.natives");

  private final Path folder;
  private final String version;
  private final String commit;
  private final List<String> backendProblems;

  private GgmlLibrary(Path folder) {
    this.folder = folder;
    NativeAbi.check(folder);
    Mor.mor_log_capture(Ggml.GGML_LOG_LEVEL_WARN());
    Mor.mor_abort_report();
    version = Loader.string(Ggml.ggml_version());
    commit = Mor.mor_ggml_commit();
    backendProblems = List.copyOf(loadBackends());
    LOGGER.log(Level.DEBUG, "ggml {0} ({1}) loaded from {2}", version, commit, folder);
    backendProblems.forEach(problem -> LOGGER.log(Level.DEBUG, problem));
  }

  private List<String> loadBackends() {
    Mor.mor_ignore_backend_path();
    try (Arena call = Arena.ofConfined()) {
      Ggml.ggml_backend_load_all_from_path(call.allocateFrom(folder.toString()));
    }
    List<String> problems = new ArrayList<>(new BackendFolder(folder, version).loadMissing());
    for (Path named : namedFolders()) {
      problems.addAll(new BackendFolder(named, version).load());
    }
    String file = Objects.requireNonNullElse(System.getenv(BACKEND_FILE_VARIABLE), "");
    if (!file.isBlank()) {
      Path backend = Path.of(file).toAbsolutePath();
      problems.addAll(
          new BackendFolder(Objects.requireNonNullElse(backend.getParent(), backend), version)
              .load(backend));
    }
    return problems;
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

  /** The library, or why it could not be loaded. A second attempt would fail in the same way. */
  private record Outcome(@Nullable GgmlLibrary library, @Nullable GgmlException failure) {
    static final Outcome OF_THIS_PROCESS = attempt();

    private static Outcome attempt() {
      try {
        return attempt(NativeLibraries.load());
      } catch (MissingLibrariesException missing) {
        String tried = Objects.requireNonNull(missing.getMessage());
        return new Outcome(null, new GgmlException(tried, missing));
      }
    }

    private static Outcome attempt(Path folder) {
      try {
        return new Outcome(new GgmlLibrary(folder), null);
      } catch (GgmlException failure) {
        return new Outcome(null, failure);
      } catch (LinkageError failure) {
        // A function is missing: libraries of these names, but of another version.
        Throwable reason = failure.getCause() == null ? failure : failure.getCause();
        return new Outcome(
            null,
            NativeAbi.mismatch(folder, "all functions of ggml and mor", "" + reason.getMessage()));
      }
    }
  }

  /**
   * Loads ggml and its backends on the first call, and returns the same object on every call.
   *
   * @throws GgmlException if the libraries are missing, cannot be loaded or do not belong to this
   *     version of the bindings; the same on every call
   */
  public static GgmlLibrary load() {
    Outcome outcome = Outcome.OF_THIS_PROCESS;
    if (outcome.library() != null) {
      return outcome.library();
    }
    GgmlException failure = Objects.requireNonNull(outcome.failure());
    throw new GgmlException(Objects.requireNonNull(failure.getMessage()), failure);
  }

  /** The folder that the libraries were loaded from. */
  public Path folder() {
    return folder;
  }

  /** The version of ggml. */
  public String version() {
    return version;
  }

  /** The commit of ggml's sources that the libraries were built from, or {@code unknown}. */
  public String commit() {
    return commit;
  }

  /**
   * One line for each backend that was found but could not be loaded, or that found no device, with
   * the reason: a missing driver or library, another version of ggml.
   */
  public List<String> backendProblems() {
    return backendProblems;
  }

  /** With this capacity, one call takes the whole text. */
  private static final class Log {
    static final long CAPACITY = Mor.mor_constant("MOR_LOG_CAPACITY");
  }

  /**
   * Takes ggml's warnings and errors since the last call, to be appended to a message: {@code ": "}
   * and the text on one line, or an empty string if there are none.
   */
  static String drainLog() {
    try (Arena call = Arena.ofConfined()) {
      MemorySegment text = call.allocate(Log.CAPACITY);
      long length = Mor.mor_log_drain(text, Log.CAPACITY);
      byte[] bytes = text.asSlice(0, length).toArray(Ggml.C_CHAR);
      String log = new String(bytes, StandardCharsets.UTF_8).strip().replace('\n', ';');
      return log.isEmpty() ? "" : ": " + Printable.oneLine(log);
    }
  }
}
