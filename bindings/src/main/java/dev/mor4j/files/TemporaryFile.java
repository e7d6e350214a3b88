package dev.mor4j.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * {@code .NAME.XXXXXXXX.part} in the target's folder, renamed when it is complete.
 *
 * <p>A shutdown hook deletes it when the JVM ends early. Not {@code File.deleteOnExit}: that cannot
 * be taken back, and an open file cannot be deleted on Windows. The hook is registered before the
 * file is created, so that no signal finds a file without a hook.
 */
final class TemporaryFile implements OutputFile.Destination {
  private final OutputTarget target;
  private final Path path;
  private final Thread shutdownHook;
  private @Nullable FileChannel channel; // guarded by this: the shutdown hook reads it
  private boolean isShuttingDown; // guarded by this

  private TemporaryFile(OutputTarget target, Path path) {
    this.target = target;
    this.path = path;
    this.shutdownHook = Thread.ofPlatform().name("delete-temporary-file").unstarted(this::onExit);
  }

  static TemporaryFile create(OutputTarget target) throws IOException {
    while (true) {
      String suffix = String.format(Locale.ROOT, "%08x", ThreadLocalRandom.current().nextInt());
      Path name =
          target.file().resolveSibling("." + target.file().getFileName() + "." + suffix + ".part");
      TemporaryFile file = new TemporaryFile(target, name);
      file.addHook();
      try {
        file.open();
        return file;
      } catch (FileAlreadyExistsException e) {
        file.removeHook(); // another process has the name: try the next
      } catch (NoSuchFileException | AccessDeniedException e) {
        file.removeHook();
        // Some folders look writable and are not; the temporary name would only puzzle.
        throw FileFailures.refusal(
            target.named(), "no file can be created in the folder " + target.file().getParent());
      } catch (IOException e) {
        file.removeHook();
        throw FileFailures.named(target.named(), "cannot be created", e);
      }
    }
  }

  private synchronized void open() throws IOException {
    checkRunning();
    channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  @Override
  public synchronized FileChannel channel() {
    if (channel == null) {
      throw new IllegalStateException(path + " is not open");
    }
    return channel;
  }

  @Override
  public void commit(OutputFile.Check check) throws IOException {
    try {
      channel().force(true);
    } catch (IOException e) {
      throw FileFailures.named(target.named(), "writing failed" + remains(), e);
    }
    check.check(path);
    channel().close();
    try {
      Files.move(path, target.file(), StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException e) {
      String reason = Objects.requireNonNullElse(e.getReason(), e.toString());
      throw FileFailures.named(target.named(), "cannot be replaced", new IOException(reason, e));
    }
  }

  @Override
  public void discard() throws IOException {
    removeHook();
    delete();
  }

  @Override
  public String remains() {
    return " (the incomplete file is deleted)";
  }

  private void addHook() throws IOException {
    try {
      Runtime.getRuntime().addShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      isShuttingDown = true;
      checkRunning();
    }
  }

  private void checkRunning() throws IOException {
    if (isShuttingDown) {
      throw FileFailures.refusal(target.named(), "not written: the process is ending");
    }
  }

  private void removeHook() {
    try {
      Runtime.getRuntime().removeShutdownHook(shutdownHook);
    } catch (IllegalStateException e) {
      // The JVM is shutting down: the hook deletes the file as well, which does no harm.
    }
  }

  private synchronized void onExit() {
    isShuttingDown = true;
    try {
      if (channel != null) {
        delete();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized void delete() throws IOException {
    if (channel != null) {
      channel.close();
      Files.deleteIfExists(path);
    }
  }
}
