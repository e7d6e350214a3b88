package dev.mor4j.natives;

import dev.mor4j.files.FileFailures;
import dev.mor4j.files.OutputFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/**
 * Libraries of a jar, unpacked to a folder. The folder is named after the hash of their index, so
 * each version has its own folder.
 */
final class LibraryCache {
  private static final String LIBRARIES = "natives";

  private final Path cacheFolder;
  private final Path root;
  private final VerifiedFolders verified;

  /**
   * @param cacheFolder of mor4j, created if missing
   */
  LibraryCache(Path cacheFolder, VerifiedFolders verified) {
    this.cacheFolder = cacheFolder;
    this.root = cacheFolder.resolve(LIBRARIES);
    this.verified = verified;
  }

  /**
   * Provides all libraries of an index: unpacks missing ones and replaces damaged ones. Several
   * processes may do so at once, as each file is written under a temporary name and renamed.
   *
   * @param resourceOf resource name of a library
   * @return the folder that holds them
   * @throws IOException if a resource is missing or damaged, a file cannot be written, or another
   *     user could change the libraries
   */
  Path provide(LibraryIndex libraries, UnaryOperator<String> resourceOf, ClassLoader loader)
      throws IOException {
    Path folder = root.resolve(libraries.digest());
    Files.createDirectories(folder);
    FileOwner user = FileOwner.current();
    user.requireUnchangeableByOthers(cacheFolder);
    user.requireUnchangeableByOthers(root);
    user.requireUnchangeableByOthers(folder);
    verified.require(
        folder,
        libraries,
        (name, file, problem) -> unpack(resourceOf.apply(name), libraries.sum(name), file, loader));
    for (String name : libraries.sums().keySet()) {
      user.requireUnchangeableByOthers(folder.resolve(name));
    }
    return folder;
  }

  private static void unpack(String resource, String sum, Path target, ClassLoader loader)
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
    try (OutputFile file = OutputFile.create(target)) {
      file.append(ByteBuffer.wrap(bytes));
      file.commit();
    } catch (FileSystemException failure) {
      // Windows does not replace a library in use: another process may have put the same one there.
      if (!Files.isRegularFile(target)
          || !LibraryIndex.sha256(Files.readAllBytes(target)).equals(sum)) {
        throw FileFailures.named(target, "writing failed", failure);
      }
    }
  }
}
