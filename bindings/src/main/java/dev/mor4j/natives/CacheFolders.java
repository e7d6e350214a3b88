package dev.mor4j.natives;

import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The folders of mor4j that may hold unpacked libraries: the platform's cache folder of the user,
 * then a folder of the user's own in the temporary folder. Every path is absolute: a relative one
 * would take libraries from whatever the current folder is.
 */
final class CacheFolders {
  private static final String NAME = "mor4j";

  private CacheFolders() {}

  /** Folders of this process, the preferred one first; at least one. */
  static List<Path> ofProcess() {
    return of(System::getenv, System::getProperty, FileOwner.current().name());
  }

  /**
   * As {@link #ofProcess}, for other surroundings.
   *
   * @param variables environment variable to its value, or null
   * @param properties system property to its value, or null
   * @param user part of the name in the temporary folder, which other users share
   */
  static List<Path> of(
      UnaryOperator<@Nullable String> variables,
      UnaryOperator<@Nullable String> properties,
      String user) {
    Set<Path> folders = new LinkedHashSet<>();
    absolute(variables.apply("XDG_CACHE_HOME"))
        .or(() -> usualCache(variables, properties))
        .ifPresent(cache -> folders.add(cache.resolve(NAME)));
    absolute(properties.apply("java.io.tmpdir"))
        .ifPresent(temporary -> folders.add(temporary.resolve(NAME + "-" + user)));
    return List.copyOf(folders);
  }

  private static Optional<Path> usualCache(
      UnaryOperator<@Nullable String> variables, UnaryOperator<@Nullable String> properties) {
    // The JDK sets user.home to "?" where the user has no entry in the system's list of users.
    Optional<Path> home =
        absolute(properties.apply("user.home")).or(() -> absolute(variables.apply("HOME")));
    String system = String.valueOf(properties.apply("os.name")).toLowerCase(Locale.ROOT);
    if (system.startsWith("windows")) {
      return absolute(variables.apply("LOCALAPPDATA"))
          .or(() -> home.map(folder -> folder.resolve("AppData").resolve("Local")));
    }
    return home.map(
        folder ->
            system.startsWith("mac")
                ? folder.resolve("Library").resolve("Caches")
                : folder.resolve(".cache"));
  }

  private static Optional<Path> absolute(@Nullable String path) {
    return Optional.ofNullable(path)
        .filter(text -> !text.isBlank())
        .map(Path::of)
        .filter(Path::isAbsolute);
  }
}
