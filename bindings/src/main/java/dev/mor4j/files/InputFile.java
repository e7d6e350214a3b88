package dev.mor4j.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Reads whole files into memory, up to a limit: a device or pipe that never ends, such as {@code
 * /dev/zero}, is refused when the limit is passed.
 */
public final class InputFile {
  /** The limit for texts: larger than the usual corpora, and fits into a small heap. */
  public static final int MAX_TEXT_BYTES = 256 << 20;

  private static final int MEBIBYTE = 1 << 20;

  private InputFile() {}

  /**
   * Reads a regular file, a pipe or a character device to its end.
   *
   * @throws FileSystemException naming the file if it is missing, of another kind, or longer than
   *     the limit
   */
  public static byte[] readAll(Path file, int maxBytes) throws IOException {
    FileKind kind = FileKind.of(file);
    switch (kind) {
      case REGULAR -> {
        if (Files.size(file) > maxBytes) {
          throw tooLong(file.toString(), "%s bytes".formatted(Files.size(file)), maxBytes);
        }
      }
      case PIPE, CHARACTER_DEVICE -> {}
      case MISSING ->
          throw new NoSuchFileException(file.toString(), null, "no such file or folder");
      case FOLDER, BLOCK_DEVICE, SOCKET, OTHER ->
          throw FileFailures.refusal(file, "expected a file, found " + kind.description());
    }
    try (InputStream input = Files.newInputStream(file)) {
      return readAll(file.toString(), input, maxBytes);
    } catch (AccessDeniedException denied) {
      throw new AccessDeniedException(file.toString(), null, "no permission to read it");
    } catch (IOException failure) {
      throw FileFailures.named(file, "reading failed", failure);
    }
  }

  /**
   * Reads a stream to its end.
   *
   * @param name what the stream is called in messages
   * @throws FileSystemException if the stream is longer than the limit
   */
  public static byte[] readAll(String name, InputStream input, int maxBytes) throws IOException {
    byte[] bytes = input.readNBytes(maxBytes);
    if (bytes.length == maxBytes && input.read() >= 0) {
      throw tooLong(name, "more", maxBytes);
    }
    return bytes;
  }

  private static FileSystemException tooLong(String name, String found, int maxBytes) {
    return new FileSystemException(
        name,
        null,
        "expected at most %s MiB, found %s: split the text into several files"
            .formatted(maxBytes / MEBIBYTE, found));
  }
}
