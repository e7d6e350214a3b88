package dev.mor4j.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/** The kind of file that a path names; symbolic links are followed. */
public enum FileKind {
  /** No file has this name. */
  MISSING("no file"),

  /** A regular file. */
  REGULAR("a regular file"),

  /** A folder. */
  FOLDER("a folder"),

  /** A pipe with or without a name. */
  PIPE("a pipe"),

  /** A device that is read and written as a stream, such as a terminal or {@code /dev/null}. */
  CHARACTER_DEVICE("a character device"),

  /** A device with addressable blocks, such as a disk. */
  BLOCK_DEVICE("a block device"),

  /** A socket, which cannot be opened by its name. */
  SOCKET("a socket"),

  /** Another special file; the only answer for special files where Java cannot tell them apart. */
  OTHER("a special file");

  // The file type bits of st_mode, which have the same values on every Unix.
  private static final int TYPE_MASK = 0xF000;
  private static final int TYPE_PIPE = 0x1000;
  private static final int TYPE_CHARACTER_DEVICE = 0x2000;
  private static final int TYPE_BLOCK_DEVICE = 0x6000;
  private static final int TYPE_SOCKET = 0xC000;

  private final String description;

  FileKind(String description) {
    this.description = description;
  }

  /** The kind with its article, for messages: {@code a folder}. */
  public String description() {
    return description;
  }

  /** Whether the file is read and written from front to back and has no size. */
  public boolean isStream() {
    return this == PIPE || this == CHARACTER_DEVICE;
  }

  /**
   * Looks at a path; follows symbolic links.
   *
   * @throws IOException if the file exists and cannot be examined
   */
  public static FileKind of(Path path) throws IOException {
    BasicFileAttributes attributes;
    try {
      attributes = Files.readAttributes(path, BasicFileAttributes.class);
    } catch (NoSuchFileException missing) {
      return MISSING;
    }
    if (attributes.isRegularFile()) {
      return REGULAR;
    }
    return attributes.isDirectory() ? FOLDER : specialKind(path);
  }

  private static FileKind specialKind(Path path) throws IOException {
    if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
      return OTHER;
    }
    int mode = (Integer) Files.getAttribute(path, "unix:mode");
    return switch (mode & TYPE_MASK) {
      case TYPE_PIPE -> PIPE;
      case TYPE_CHARACTER_DEVICE -> CHARACTER_DEVICE;
      case TYPE_BLOCK_DEVICE -> BLOCK_DEVICE;
      case TYPE_SOCKET -> SOCKET;
      default -> OTHER;
    };
  }
}
