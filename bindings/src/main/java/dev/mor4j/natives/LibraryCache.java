package dev.mor4j.natives;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Folders of extracted libraries below a cache folder, each named by the hash of its content: one
 * that is there is right, and versions never meet.
 */
final class LibraryCache {
  private final Path root;

  LibraryCache(Path root) {
    this.root = root;
  }

  /**
   * Extracts what is missing. Several processes may do so at once: each file is written under a
   * temporary name and moved into place.
   *
   * @param resourceOf resource name of a library
   * @return the folder that holds all of them
   * @throws IOException if a resource is missing or damaged, or a file cannot be written
   */
  Path extract(LibraryIndex libraries, UnaryOperator<String> resourceOf, ClassLoader loader)
      throws IOException {
    Path folder = root.resolve(libraries.digest());
    Files.createDirectories(folder);
    for (Map.Entry<String, String> library : libraries.sums().entrySet()) {
      Path target = folder.resolve(library.getKey());
      if (!Files.isRegularFile(target)) {
        extract(resourceOf.apply(library.getKey()), library.getValue(), target, loader);
      }
    }
    return folder;
  }

  private static void extract(String resource, String sum, Path target, ClassLoader loader)
      throws IOException {
    byte[] bytes;
    try (InputStream input = loader.getResourceAsStream(resource)) {
      if (input == null) {
        throw new IOException("resource " + resource + " is listed but missing");
      }
      bytes = input.readAllBytes();
    }
    String found = LibraryIndex.sha256(bytes);
    if (!found.equals(sum)) {
      throw new IOException(
          "%s: expected SHA-256 %s, found %s: the jar is damaged".formatted(resource, sum, found));
    }
    Path part = Files.createTempFile(target.getParent(), target.getFileName().toString(), ".part");
    try {
      Files.write(part, bytes);
      move(part, target);
    } catch (FileSystemException failure) {
      // Windows lets nobody replace a library in use: another process put the same one there.
      if (!Files.isRegularFile(target)) {
        throw failure;
      }
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static void move(Path part, Path target) throws IOException {
    try {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException unsupported) {
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
