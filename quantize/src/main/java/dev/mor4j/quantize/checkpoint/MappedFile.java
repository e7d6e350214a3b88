package dev.mor4j.quantize.checkpoint;

import dev.mor4j.files.FileFailures;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Owns the read-only mapping of one file. Any thread may read it. */
final class MappedFile implements AutoCloseable {
  private final Arena arena;
  private final MemorySegment bytes;

  private MappedFile(Arena arena, MemorySegment bytes) {
    this.arena = arena;
    this.bytes = bytes;
  }

  @SuppressWarnings("MustBeClosedChecker") // the mapping owns the arena and closes it
  static MappedFile open(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new CheckpointException(file, "no such file", new NoSuchFileException(file.toString()));
    }
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(file, "expected a file, found a folder or device");
    }
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return new MappedFile(
          arena, channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena));
    } catch (RuntimeException | Error failure) {
      arena.close();
      throw failure;
    } catch (IOException failure) {
      arena.close();
      throw FileFailures.named(file, "cannot be mapped into memory", failure);
    }
  }

  MemorySegment bytes() {
    return bytes;
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
