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
 * Finds the shared libraries, verifies and loads them: from the folder in the system property
 * {@value #FOLDER_PROPERTY} if it is set, else from the jar resource of this platform, unpacked to
 * a cache folder. Libraries are compared with the SHA-256 sums of their index before they are
 * loaded.
 */
public final class NativeLibraries {
  /** System property that names a folder with {@link LibraryIndex#FILE_NAME} in it. */
  public static final String FOLDER_PROPERTY = "mor4j.natives";

  private final List<Path> cacheFolders = CacheFolders.ofProcess();
  private final VerifiedFolders verified = new VerifiedFolders(cacheFolders);

  private NativeLibraries() {}

  /**
   * Loads the libraries that ggml's backends need, dependencies first.
   *
   * @return the folder that holds them and the backends
   * @throws MissingLibrariesException naming every place that was tried, and why it failed
   */
  public static Path load() {
    NativeLibraries libraries = new NativeLibraries();
    String folder = System.getProperty(FOLDER_PROPERTY, "");
    return folder.isEmpty()
        ? libraries.loadResource()
        : libraries.loadFolder(Path.of(folder).toAbsolutePath());
  }

  /** A folder that was named is meant: another place must not quietly take over. */
  private Path loadFolder(Path folder) {
    try {
      LibraryIndex libraries = parse(Files.readAllBytes(folder.resolve(LibraryIndex.FILE_NAME)));
      verified.require(
          folder,
          libraries,
          (name, file, problem) -> {
            throw problem;
          });
      loadAll(folder, libraries);
      return folder;
    } catch (IOException | UnsatisfiedLinkError failure) {
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

  private Path loadResource() {
    String root = "META-INF/native/" + Platform.current() + "/";
    ClassLoader loader = NativeLibraries.class.getClassLoader();
    List<String> problems = new ArrayList<>();
    try (InputStream index = loader.getResourceAsStream(root + LibraryIndex.FILE_NAME)) {
      if (index == null) {
        throw new MissingLibrariesException(
            "native libraries for %s not found; tried system property %s (not set); resource %s%s (not on the class or module path); put mor4j-native-ggml on the class path, or name a folder of libraries with -D%2$s=DIR"
                .formatted(Platform.current(), FOLDER_PROPERTY, root, LibraryIndex.FILE_NAME));
      }
      LibraryIndex libraries = parse(index.readAllBytes());
      for (Path cacheFolder : cacheFolders) {
        Optional<Path> folder = unpack(cacheFolder, libraries, root, loader, problems);
        if (folder.isPresent()) {
          loadAll(folder.get(), libraries);
          return folder.get();
        }
      }
    } catch (IOException | UnsatisfiedLinkError failure) {
      problems.add(words(failure));
    }
    throw new MissingLibrariesException(
        "native libraries of the resource %s cannot be used: %s; set XDG_CACHE_HOME to a folder that this user can write to, or name a folder of libraries with -D%s=DIR"
            .formatted(root, String.join("; ", problems), FOLDER_PROPERTY));
  }

  private Optional<Path> unpack(
      Path cacheFolder,
      LibraryIndex libraries,
      String resources,
      ClassLoader loader,
      List<String> problems) {
    try {
      LibraryCache cache = new LibraryCache(cacheFolder, verified);
      return Optional.of(cache.provide(libraries, name -> resources + name, loader));
    } catch (IOException failure) {
      problems.add(cacheFolder + " (" + words(failure) + ")");
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
}
