package dev.mor4j.files;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an output is written. This class alone decides what happens to an existing file with the
 * output's name:
 *
 * <ul>
 *   <li>a regular file, and a name that is free: replaced in one step when the output is complete
 *   <li>a symbolic link: followed; the link stays
 *   <li>a pipe, a character device, {@code /dev/stdout} or another open file descriptor: written to
 *       as a stream
 *   <li>a folder, a block device, a socket: refused
 * </ul>
 *
 * @param named the path as the user wrote it, for messages
 * @param file the absolute path that the output is written to, after symbolic links
 * @param kind how it is written
 */
public record OutputTarget(Path named, Path file, Kind kind) {
  /** How an output is written. */
  public enum Kind {
    /** To a temporary file, which is then renamed. */
    REPLACED_FILE,

    /** To a pipe or character device, from front to back. */
    STREAM,

    /** To the standard output of this process, whatever it is connected to. */
    STANDARD_OUTPUT,

    /** To the standard error of this process. */
    STANDARD_ERROR
  }

  /** The path that stands for standard output, also on systems that have no such file. */
  public static final Path STANDARD_OUTPUT = Path.of("/dev/stdout");

  private static final Path STANDARD_ERROR = Path.of("/dev/stderr");

  /** As Linux limits chains of links. */
  private static final int MAX_LINKS = 40;

  /**
   * Decides about an output; writes nothing.
   *
   * @throws FileSystemException if the path cannot be an output: its folder is missing or not
   *     writable, or it names a folder, block device or socket
   */
  public static OutputTarget of(Path named) throws IOException {
    Path path = named.toAbsolutePath();
    for (int links = 0; links <= MAX_LINKS; links++) {
      Optional<Descriptor> descriptor = Descriptor.at(path);
      if (descriptor.isPresent()) {
        return ofDescriptor(named, path, descriptor.get());
      }
      if (!Files.isSymbolicLink(path)) {
        return ofFile(named, path);
      }
      path = path.resolveSibling(Files.readSymbolicLink(path));
    }
    throw FileFailures.refusal(named, "more than %s symbolic links in a row".formatted(MAX_LINKS));
  }

  /** Whether the bytes leave as they are written, so that nothing can be taken back or read. */
  public boolean isStream() {
    return kind != Kind.REPLACED_FILE;
  }

  /**
   * Refuses an output that would overwrite a file that the same command reads. Hard and symbolic
   * links to an input count as the input.
   *
   * @param inputs files of the command; those that do not exist are ignored
   * @return this target
   * @throws FileSystemException naming the input
   */
  public OutputTarget requireNotIn(Collection<Path> inputs) throws IOException {
    if (FileKind.of(file) == FileKind.REGULAR) {
      for (Path input : inputs) {
        if (Files.exists(input) && Files.isSameFile(file, input)) {
          throw FileFailures.refusal(
              named,
              "the output is the same file as the input %s: name another output".formatted(input));
        }
      }
    }
    return this;
  }

  /** An open file of this process or, below {@code /proc}, of another one. */
  private record Descriptor(int number, boolean isOwn) {
    private static final Pattern FOLDERS = Pattern.compile("/dev/fd|/proc/(\\d+)/fd");

    static Optional<Descriptor> at(Path path) throws IOException {
      if (path.equals(STANDARD_OUTPUT.toAbsolutePath())) {
        return Optional.of(new Descriptor(1, true));
      }
      if (path.equals(STANDARD_ERROR.toAbsolutePath())) {
        return Optional.of(new Descriptor(2, true));
      }
      Path folder = path.getParent();
      String name = String.valueOf(path.getFileName());
      if (folder == null || !name.matches("\\d{1,6}") || !Files.isDirectory(folder)) {
        return Optional.empty();
      }
      Matcher known = FOLDERS.matcher(folder.toRealPath().toString());
      if (!known.matches()) {
        return Optional.empty();
      }
      String process = known.group(1);
      boolean isOwn =
          process == null || process.equals(String.valueOf(ProcessHandle.current().pid()));
      return Optional.of(new Descriptor(Integer.parseInt(name), isOwn));
    }
  }

  private static OutputTarget ofDescriptor(Path named, Path path, Descriptor descriptor)
      throws IOException {
    if (descriptor.isOwn() && descriptor.number() == 1) {
      return new OutputTarget(named, path, Kind.STANDARD_OUTPUT);
    }
    if (descriptor.isOwn() && descriptor.number() == 2) {
      return new OutputTarget(named, path, Kind.STANDARD_ERROR);
    }
    FileKind kind = FileKind.of(path);
    if (!kind.isStream() && kind != FileKind.REGULAR) {
      throw refusal(named, kind);
    }
    return new OutputTarget(named, path, Kind.STREAM);
  }

  private static OutputTarget ofFile(Path named, Path path) throws IOException {
    FileKind kind = FileKind.of(path);
    return switch (kind) {
      case MISSING, REGULAR -> {
        checkFolder(named, path);
        yield new OutputTarget(named, path, Kind.REPLACED_FILE);
      }
      case PIPE, CHARACTER_DEVICE -> {
        if (!Files.isWritable(path)) {
          throw new AccessDeniedException(named.toString(), null, "no permission to write to it");
        }
        yield new OutputTarget(named, path, Kind.STREAM);
      }
      case FOLDER, BLOCK_DEVICE, SOCKET, OTHER -> throw refusal(named, kind);
    };
  }

  private static FileSystemException refusal(Path named, FileKind found) {
    return FileFailures.refusal(named, "expected a file, found " + found.description());
  }

  private static void checkFolder(Path named, Path path) throws FileSystemException {
    Path folder = path.getParent();
    if (folder == null || path.getFileName() == null) {
      throw refusal(named, FileKind.FOLDER);
    }
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(
          named.toString(), null, "no such folder: " + folder + "; create it first");
    }
    if (!Files.isWritable(folder)) {
      throw new AccessDeniedException(
          named.toString(), null, "no permission to write to the folder " + folder);
    }
  }
}
