package dev.mor4j.gguf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What identifies the content of a file, as far as the file system says.
 *
 * @param key identity of the file itself, such as its inode; null where there is none, or no file
 * @param size size in bytes; negative if there is no file
 * @param modified time of the last modification
 */
record FileState(@Nullable Object key, long size, FileTime modified) {

  /** The current state; of no file if it does not exist or cannot be read. */
  static FileState of(Path path) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      return new FileState(attributes.fileKey(), attributes.size(), attributes.lastModifiedTime());
    } catch (IOException absent) {
      return new FileState(null, -1, FileTime.fromMillis(0));
    }
  }

  /** Whether a later state is of the same file with other content. */
  boolean isOverwrittenBy(FileState later) {
    return later.size >= 0
        && Objects.equals(key, later.key)
        && (size != later.size || !modified.equals(later.modified));
  }

  @Override
  public String toString() {
    return size < 0 ? "no file" : "%s bytes of %s".formatted(size, modified);
  }
}
