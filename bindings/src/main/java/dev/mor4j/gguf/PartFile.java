package dev.mor4j.gguf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A file that stands under a temporary name beside its target until it is whole.
 *
 * <p>One thread. Closing without a commit deletes it, and so does the end of the JVM: by a shutdown
 * hook, as that can close the file first (an open file cannot be deleted on Windows) and can be
 * taken back, which {@code File.deleteOnExit} cannot.
 */
public final class PartFile implements AutoCloseable {
  private final Path target;
  private final Path part;
  private final FileChannel channel;
  private final Thread shutdownHook;
  private boolean open = true;

  /** A look at a whole file before it gets its name. */
  @FunctionalInterface
  public interface Check {
    /**
     * Looks at the file under its temporary name.
     *
     * @throws IOException to keep the file from getting its name
     */
    void check(Path written) throws IOException;
  }

  private PartFile(Path target, Path part, FileChannel channel) {
    this.target = target;
    this.part = part;
    this.channel = channel;
    this.shutdownHook = Thread.ofPlatform().name("delete-part-file").unstarted(this::deletePart);
    Runtime.getRuntime().addShutdownHook(shutdownHook);
  }

  /**
   * Creates {@code .name.XXXXXXXX.part} in the target's folder.
   *
   * @throws FileSystemException if the target is a folder, or its folder is missing or not writable
   */
  public static PartFile create(Path target) throws IOException {
    Path absolute = target.toAbsolutePath();
    Path folder = absolute.getParent();
    Path name = absolute.getFileName();
    if (folder == null || name == null || Files.isDirectory(absolute)) {
      throw new FileSystemException(target.toString(), null, "expected a file, found a folder");
    }
    if (!Files.isDirectory(folder)) {
      throw new NoSuchFileException(
          target.toString(), null, "no such folder: " + folder + "; create it first");
    }
    if (!Files.isWritable(folder)) {
      throw new AccessDeniedException(
          target.toString(), null, "no permission to write to the folder " + folder);
    }
    while (true) {
      String suffix = "%08x".formatted(ThreadLocalRandom.current().nextInt());
      Path part = folder.resolve("." + name + "." + suffix + ".part");
      try {
        FileChannel channel =
            FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return new PartFile(absolute, part, channel);
      } catch (FileAlreadyExistsException e) {
        // Taken: the next number will not be.
      } catch (NoSuchFileException | AccessDeniedException e) {
        // Some folders look writable and are not; the temporary name would only puzzle.
        throw new FileSystemException(
            target.toString(), null, "no file can be made in the folder " + folder);
      }
    }
  }

  boolean isOpen() {
    return open;
  }

  /**
   * Appends all remaining bytes; on failure the file is deleted.
   *
   * @throws FileSystemException naming the target if there is no room, or the device fails
   */
  public void append(ByteBuffer bytes) throws IOException {
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /**
   * Forces the bytes to disk and, if the check finds no fault, gives the file its name, replacing
   * one that has it.
   */
  public void commit(Check check) throws IOException {
    try {
      channel.force(true);
    } catch (IOException e) {
      throw failure(e);
    }
    try {
      check.check(part);
      channel.close();
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      close(e);
      throw e;
    }
    close();
  }

  /** What the system says of a write names no file: most often that there is no space left. */
  private IOException failure(IOException cause) {
    close(cause);
    if (cause instanceof ClosedChannelException) {
      return cause; // another thread's doing, not the system's
    }
    FileSystemException failure =
        new FileSystemException(
            target.toString(),
            null,
            "writing failed (%s), nothing of it is left".formatted(cause.getMessage()));
    failure.initCause(cause);
    return failure;
  }

  private void close(IOException cause) {
    try {
      close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public void close() throws IOException {
    if (!open) {
      return;
    }
    open = false;
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      // The JVM is going down: the hook deletes the file as well, which does no harm.
    }
    channel.close();
    Files.deleteIfExists(part);
  }

  private void deletePart() {
    try {
      channel.close();
      Files.deleteIfExists(part);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
