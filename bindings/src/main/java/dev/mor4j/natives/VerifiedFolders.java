package dev.mor4j.natives;

import dev.mor4j.files.FileFailures;
import dev.mor4j.files.OutputFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Checks libraries against the SHA-256 sums of their index before they are loaded: a library that
 * was cut short ends the JVM by SIGBUS.
 *
 * <p>Hashing takes a noticeable part of a short run, so a folder that was verified is remembered by
 * the size, times and inode of each file. The records are in a folder that only this user can open;
 * without such a folder, every start hashes.
 */
final class VerifiedFolders {
  private static final String RECORDS = "verified";

  private final List<Path> cacheFolders;

  /**
   * @param cacheFolders where records may be; the first that can be used is
   */
  VerifiedFolders(List<Path> cacheFolders) {
    this.cacheFolders = cacheFolders;
  }

  /** Replaces a library that is missing or damaged. */
  @FunctionalInterface
  interface Repair {
    void replace(String library, Path file, IOException problem) throws IOException;
  }

  /**
   * Requires that all libraries of an index are in a folder, unchanged.
   *
   * @param repair called for each library that is not
   * @throws IOException naming the library if a repair fails
   */
  void require(Path folder, LibraryIndex libraries, Repair repair) throws IOException {
    String before = describe(folder, libraries);
    if (isRecorded(folder, before)) {
      return;
    }
    for (Map.Entry<String, String> library : libraries.sums().entrySet()) {
      Path file = folder.resolve(library.getKey());
      try {
        verify(file, library.getValue());
      } catch (IOException problem) {
        repair.replace(library.getKey(), file, problem);
      }
    }
    // Not after a repair, or if a file was changed while it was hashed: the next start hashes
    // again.
    if (describe(folder, libraries).equals(before)) {
      record(folder, before);
    }
  }

  private static void verify(Path file, String sum) throws IOException {
    String found;
    try {
      found = LibraryIndex.sha256(Files.readAllBytes(file));
    } catch (IOException unreadable) {
      throw FileFailures.named(file, "reading failed", unreadable);
    }
    if (!found.equals(sum)) {
      throw FileFailures.refusal(
          file,
          "expected SHA-256 %s, found %s: the library was cut short or changed"
              .formatted(sum, found));
    }
  }

  private boolean isRecorded(Path folder, String description) {
    for (Path cache : cacheFolders) {
      Path records = cache.resolve(RECORDS);
      Path record = records.resolve(recordName(folder));
      try {
        if (Files.exists(record)
            && FileOwner.current().isPrivate(records)
            && Files.readString(record).equals(description)) {
          return true;
        }
      } catch (IOException unreadable) {
        // Hashing costs time only.
      }
    }
    return false;
  }

  private void record(Path folder, String description) {
    for (Path cache : cacheFolders) {
      Path records = cache.resolve(RECORDS);
      try {
        Files.createDirectories(cache);
        FileOwner.createPrivate(records);
        if (!FileOwner.current().isPrivate(records)) {
          continue;
        }
        try (OutputFile file = OutputFile.create(records.resolve(recordName(folder)))) {
          file.append(StandardCharsets.UTF_8.encode(description));
          file.commit();
        }
        return;
      } catch (IOException notWritable) {
        // The next start hashes again.
      }
    }
  }

  /** Two folders may share a record's name: its text says which folder it is about. */
  private static String recordName(Path folder) {
    return Integer.toHexString(folder.toString().hashCode());
  }

  /**
   * Changes whenever the folder, its index or one of its files does; missing files are left out.
   */
  private static String describe(Path folder, LibraryIndex libraries) throws IOException {
    boolean isUnix = folder.getFileSystem().supportedFileAttributeViews().contains("unix");
    String identity =
        isUnix ? "unix:dev,ino,size,lastModifiedTime,ctime" : "size,lastModifiedTime,creationTime";
    StringBuilder text = new StringBuilder();
    text.append(folder).append('\n').append(libraries.text()).append('\n');
    for (String name : libraries.sums().keySet()) {
      try {
        Map<String, Object> found = Files.readAttributes(folder.resolve(name), identity);
        text.append(name).append(' ').append(new TreeMap<>(found)).append('\n');
      } catch (NoSuchFileException missing) {
        // verified as a damaged library
      }
    }
    return text.toString();
  }
}
