package dev.mor4j.natives;

import dev.mor4j.ggml.ffi.Loader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds the shared libraries and loads them. Order: the folder in the system property {@value
 * #FOLDER_PROPERTY}, else the jar resource of this platform, extracted to a cache folder that bears
 * the hash of its content.
 */
public final class NativeLibraries {
  /** System property that names a folder with {@link LibraryIndex#FILE_NAME} in it. */
  public static final String FOLDER_PROPERTY = "mor4j.natives";

  private NativeLibraries() {}

  /**
   * Loads the libraries that ggml's backends need, dependencies first.
   *
   * @return the folder that holds them, backends included
   * @throws MissingLibrariesException naming every place tried, in the loader's words
   */
  public static Path load() {
    List<String> tried = new ArrayList<>();
    Optional<Path> folder = namedFolder(tried).or(() -> resourceFolder(tried));
    if (folder.isEmpty()) {
      throw new MissingLibrariesException(
          "native libraries for %s not found; tried %s; put mor4j-native-ggml on the class path, or name a folder of libraries with -D%s=DIR"
              .formatted(Platform.current(), String.join("; ", tried), FOLDER_PROPERTY));
    }
    return folder.get();
  }

  private static Optional<Path> namedFolder(List<String> tried) {
    String named = System.getProperty(FOLDER_PROPERTY, "");
    if (named.isEmpty()) {
      tried.add("system property " + FOLDER_PROPERTY + " (not set)");
      return Optional.empty();
    }
    Path folder = Path.of(named).toAbsolutePath();
    try {
      loadAll(folder, parse(Files.readAllBytes(folder.resolve(LibraryIndex.FILE_NAME))));
      return Optional.of(folder);
    } catch (IOException | UnsatisfiedLinkError failure) {
      // A folder that was named is meant: another place must not quietly take over.
      throw new MissingLibrariesException(
          "%s (system property %s): expected a folder of libraries for %s with its %s: %s"
              .formatted(
                  folder,
                  FOLDER_PROPERTY,
                  Platform.current(),
                  LibraryIndex.FILE_NAME,
                  words(failure)),
          failure);
    }
  }

  private static Optional<Path> resourceFolder(List<String> tried) {
    String root = "META-INF/native/" + Platform.current() + "/";
    ClassLoader loader = NativeLibraries.class.getClassLoader();
    try (InputStream index = loader.getResourceAsStream(root + LibraryIndex.FILE_NAME)) {
      if (index == null) {
        tried.add(
            "resource " + root + LibraryIndex.FILE_NAME + " (not on the class or module path)");
        return Optional.empty();
      }
      LibraryIndex libraries = parse(index.readAllBytes());
      Path folder = new LibraryCache(cacheRoot()).extract(libraries, name -> root + name, loader);
      loadAll(folder, libraries);
      return Optional.of(folder);
    } catch (IOException | UnsatisfiedLinkError failure) {
      tried.add("resource " + root + " (" + words(failure) + ")");
      return Optional.empty();
    }
  }

  private static LibraryIndex parse(byte[] index) throws IOException {
    return LibraryIndex.parse(new String(index, StandardCharsets.UTF_8));
  }

  private static void loadAll(Path folder, LibraryIndex libraries) {
    for (String name : libraries.linkedNames()) {
      Loader.load(folder.resolve(name));
    }
  }

  private static String words(Throwable failure) {
    return switch (failure) {
      case NoSuchFileException missing -> "no file " + missing.getFile();
      case FileSystemException named -> named.toString(); // the message may be the path alone
      default -> String.valueOf(failure.getMessage());
    };
  }

  private static Path cacheRoot() {
    String cacheHome = System.getenv("XDG_CACHE_HOME");
    Path base =
        cacheHome != null && !cacheHome.isBlank()
            ? Path.of(cacheHome)
            : Path.of(System.getProperty("user.home"), ".cache");
    return base.resolve("mor4j").resolve("natives");
  }
}
