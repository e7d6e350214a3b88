package dev.mor4j.files;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * An output that is written from front to back. A regular file is written under a temporary name
 * and renamed by {@link #commit}: until then the old file, if any, is untouched, and closing
 * without a commit leaves nothing behind. A stream gets its bytes at once. {@link OutputTarget}
 * decides which of the two it is.
 *
 * <p>For one thread. The end of the JVM deletes a temporary file that was not committed.
 */
public final class OutputFile implements AutoCloseable {
  private final OutputTarget target;
  private final Destination destination;
  private long byteCount;
  private boolean open = true;

  /** A check of a complete file before it gets its name. */
  @FunctionalInterface
  public interface Check {
    /**
     * Reads the file under its temporary name.
     *
     * @throws IOException to refuse the file
     */
    void check(Path written) throws IOException;
  }

  /** The open channel, and what becomes of the bytes in the end. */
  sealed interface Destination permits TemporaryFile, OpenStream {
    FileChannel channel();

    /** Makes the output final and closes the channel. */
    void commit(Check check) throws IOException;

    /** Closes the channel and takes back what can be taken back. May be called twice. */
    void discard() throws IOException;

    /** What a failed write leaves behind, for the message. */
    String remains();
  }

  private OutputFile(OutputTarget target, Destination destination) {
    this.target = target;
    this.destination = destination;
  }

  /**
   * Opens an output. Opening a pipe waits until another process reads it.
   *
   * @throws FileSystemException if the path cannot be an output; see {@link OutputTarget#of}
   */
  public static OutputFile create(Path path) throws IOException {
    OutputTarget target = OutputTarget.of(path);
    return new OutputFile(
        target,
        switch (target.kind()) {
          case REPLACED_FILE -> TemporaryFile.create(target);
          case STREAM -> OpenStream.of(target);
          case STANDARD_OUTPUT -> OpenStream.of(FileDescriptor.out);
          case STANDARD_ERROR -> OpenStream.of(FileDescriptor.err);
        });
  }

  /** Whether {@link #append}, {@link #commit} may still be called. */
  public boolean isOpen() {
    return open;
  }

  /** Whether the bytes leave as they are written, so that nothing can be taken back or read. */
  public boolean isStream() {
    return target.isStream();
  }

  /** Bytes that were appended. */
  public long byteCount() {
    return byteCount;
  }

  /**
   * Appends all remaining bytes; on failure the output is closed.
   *
   * @throws FileSystemException naming the output if the disk is full or the device fails
   */
  public void append(ByteBuffer bytes) throws IOException {
    try {
      while (bytes.hasRemaining()) {
        byteCount += destination.channel().write(bytes);
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Makes the output final: a file is forced to disk and gets its name in one step. */
  public void commit() throws IOException {
    commit(written -> {});
  }

  /**
   * As {@link #commit()}, but first lets a check read the file; a stream cannot be read and is not
   * checked. If the check fails, the new file is deleted and an old file stays.
   */
  public void commit(Check check) throws IOException {
    try {
      destination.commit(check);
    } catch (IOException e) {
      close(e);
      throw e;
    }
    close();
  }

  private IOException failure(IOException cause) {
    close(cause);
    return cause instanceof ClosedChannelException
        ? cause // by another thread of this process: no failure of the system
        : FileFailures.named(target.named(), "writing failed" + destination.remains(), cause);
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
    if (open) {
      open = false;
      destination.discard();
    }
  }

  /** A pipe, device or descriptor; standard output and error are left open. */
  private record OpenStream(FileChannel channel, boolean isOwned) implements Destination {
    static OpenStream of(OutputTarget target) throws IOException {
      // Neither created nor truncated: another process made the file and knows why.
      return new OpenStream(FileChannel.open(target.file(), StandardOpenOption.WRITE), true);
    }

    @SuppressWarnings("resource") // the process owns its descriptors
    static OpenStream of(FileDescriptor descriptor) {
      return new OpenStream(new FileOutputStream(descriptor).getChannel(), false);
    }

    @Override
    public void commit(Check check) throws IOException {
      discard();
    }

    @Override
    public void discard() throws IOException {
      if (isOwned) {
        channel.close();
      }
    }

    @Override
    public String remains() {
      return "";
    }
  }
}
