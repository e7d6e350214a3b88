package dev.mor4j.cli.devices;

import dev.mor4j.engine.EngineException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The jars and native libraries that the launcher {@code mor} starts from. One user may install
 * them for others.
 *
 * @param files absolute paths; none if Java was started in another way
 */
record InstalledFiles(List<Path> files) {
  private static final Set<PosixFilePermission> OPEN_FOLDER =
      Set.of(PosixFilePermission.OTHERS_READ, PosixFilePermission.OTHERS_EXECUTE);

  /** The files of this process. */
  static InstalledFiles ofProcess() throws IOException {
    List<Path> files =
        new ArrayList<>(
            Arrays.stream(
                    System.getProperty("jdk.module.path", "")
                        .split(Pattern.quote(File.pathSeparator), -1))
                .filter(path -> !path.isEmpty())
                .map(path -> Path.of(path).toAbsolutePath())
                .toList());
    String natives = System.getProperty("mor4j.natives", "");
    if (!natives.isEmpty()) {
      try (Stream<Path> libraries = Files.list(Path.of(natives).toAbsolutePath())) {
        files.addAll(libraries.sorted().toList());
      }
    }
    return new InstalledFiles(files);
  }

  /**
   * Requires that this user can read all files, and that a folder which other users can read has no
   * file that they cannot.
   *
   * @throws EngineException naming the first such file
   */
  void requireReadable() throws IOException {
    for (Path file : files) {
      if (!Files.isReadable(file)) {
        throw new EngineException(
            "%s: this user cannot read it: its owner can change that with chmod a+r"
                .formatted(file));
      }
      Path folder = file.getParent();
      if (folder != null
          && Files.getFileStore(file).supportsFileAttributeView("posix")
          && Files.getPosixFilePermissions(folder).containsAll(OPEN_FOLDER)
          && !Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ)) {
        throw new EngineException(
            "%s: other users cannot read it, so mor fails for them: make it readable with chmod a+r"
                .formatted(file));
      }
    }
  }
}
