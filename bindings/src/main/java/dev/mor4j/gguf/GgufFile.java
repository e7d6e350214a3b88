package dev.mor4j.gguf;

import dev.mor4j.files.FileFailures;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A GGUF file, mapped into memory for reading. Opening reads and checks the metadata and the tensor
 * entries; the operating system reads the tensors' data on first access.
 *
 * <p>Any thread may read. Closing unmaps the file: every segment and array value of the file throws
 * {@link IllegalStateException} from then on.
 *
 * <p>The file must not be overwritten in place while it is open: native code that reads beyond a
 * shortened file ends the process. {@link #requireUnchanged} detects a changed file.
 */
public final class GgufFile implements AutoCloseable {
  private final Path path;
  private final FileState opened;
  private final Arena arena;
  private final MemorySegment mapping;
  private final int version;
  private final int alignment;
  private final GgufMetadata metadata;
  private final Map<String, GgufTensorInfo> tensorsByName;
  private final List<GgufTensorInfo> tensors;

  private GgufFile(
      Path path,
      FileState opened,
      Arena arena,
      MemorySegment mapping,
      DirectoryReader.Directory directory) {
    this.path = path;
    this.opened = opened;
    this.arena = arena;
    this.mapping = mapping;
    this.version = directory.version();
    this.alignment = directory.alignment();
    this.metadata = directory.metadata();
    this.tensorsByName = directory.tensors();
    this.tensors = List.copyOf(tensorsByName.values());
  }

  /**
   * Maps a file of version 2 or 3, little-endian.
   *
   * @throws GgufFormatException if the file violates the format
   * @throws IOException if it cannot be read
   */
  @SuppressWarnings("MustBeClosedChecker") // the file owns the arena and closes it
  public static GgufFile open(Path path) throws IOException {
    checkReadable(path);
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      FileState opened = FileState.of(path);
      MemorySegment mapping = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      return new GgufFile(path, opened, arena, mapping, new DirectoryReader(path, mapping).read());
    } catch (GgufFormatException | RuntimeException | Error e) {
      arena.close();
      throw e;
    } catch (IOException e) {
      arena.close();
      throw FileFailures.named(path, "cannot be mapped into memory", e);
    }
  }

  // The exceptions of FileChannel.open carry the bare path.
  private static void checkReadable(Path path) throws FileSystemException {
    if (Files.isDirectory(path)) {
      throw new FileSystemException(path.toString(), null, "expected a GGUF file, found a folder");
    }
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString(), null, "no such file");
    }
    if (!Files.isRegularFile(path)) {
      // Opening a pipe would wait for its writer, and it cannot be mapped.
      throw new FileSystemException(path.toString(), null, "expected a plain file");
    }
    if (!Files.isReadable(path)) {
      throw new AccessDeniedException(path.toString(), null, "no permission to read it");
    }
  }

  /**
   * Checks that the file was not overwritten in place since it was opened, by its size and
   * modification time. A file that was replaced by renaming another one over it, or deleted,
   * passes: the mapping still shows the file that was opened.
   *
   * @throws IOException naming the file, if it was overwritten
   */
  public void requireUnchanged() throws IOException {
    if (opened.isOverwrittenBy(FileState.of(path))) {
      throw changedWhileMapped(null);
    }
  }

  /** The exception for a file that was overwritten in place while it was mapped. */
  public IOException changedWhileMapped(@Nullable Throwable cause) {
    IOException changed =
        new FileSystemException(
            path.toString(),
            null,
            "the file was overwritten while it was open (%s when opened, now %s): load it again"
                .formatted(opened, FileState.of(path)));
    changed.initCause(cause);
    return changed;
  }

  /** The path that was opened. */
  public Path path() {
    return path;
  }

  /** The format's version, 2 or 3. */
  public int version() {
    return version;
  }

  /** Keys and values. */
  public GgufMetadata metadata() {
    return metadata;
  }

  /** All tensors in file order; unmodifiable. */
  public List<GgufTensorInfo> tensors() {
    return tensors;
  }

  /** The tensor of that name; empty if the file has none. */
  public Optional<GgufTensorInfo> tensor(String name) {
    return Optional.ofNullable(tensorsByName.get(name));
  }

  /**
   * The bytes of one tensor: a read-only view of the mapping.
   *
   * @throws IllegalArgumentException if the tensor does not belong to this file
   */
  public MemorySegment data(GgufTensorInfo tensor) {
    if (!tensor.equals(tensorsByName.get(tensor.name()))) {
      throw new IllegalArgumentException(
          "%s: not a tensor of %s".formatted(Printable.oneLine(tensor.toString()), path));
    }
    return mapping.asSlice(tensor.offset(), tensor.byteSize());
  }

  /** The whole file, read-only. */
  public MemorySegment mapping() {
    return mapping;
  }

  /** The data of each tensor starts at a multiple of this many bytes. */
  public int alignment() {
    return alignment;
  }

  /** The file's size. */
  public long sizeBytes() {
    return mapping.byteSize();
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
