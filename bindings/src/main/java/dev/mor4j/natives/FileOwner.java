package dev.mor4j.natives;

import dev.mor4j.files.FileFailures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The user of this process as the owner of files. Libraries in a cache are only loaded if no other
 * user but root can change them. On Windows nothing is checked: there, the folders of a user are
 * not writable by others.
 *
 * @param id the user's number; -1 where the system has none
 */
record FileOwner(int id) {
  private static final int ROOT = 0;
  private static final int WRITABLE_BY_OTHERS = 0022;
  private static final int OPEN_TO_OTHERS = 0077;
  private static final Set<PosixFilePermission> WRITE_OF_OTHERS =
      Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
  private static final FileAttribute<Set<PosixFilePermission>> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  /** The user that this process runs as. */
  static FileOwner current() {
    return Holder.CURRENT;
  }

  private static final class Holder {
    static final FileOwner CURRENT = new FileOwner(find());

    /** Java has no call for it: the owner of this process's files tells. */
    private static int find() {
      Path process = Path.of("/proc/self");
      if (!hasOwners(process)) {
        return -1;
      }
      try {
        if (Files.isDirectory(process)) {
          return uid(process);
        }
        Path probe = Files.createTempFile("mor4j", ".probe");
        try {
          return uid(probe);
        } finally {
          Files.delete(probe);
        }
      } catch (IOException unknown) {
        return -1;
      }
    }
  }

  /** The number as text, or the user's name where there is no number. */
  String name() {
    return id >= 0
        ? String.valueOf(id)
        : System.getProperty("user.name", "user").replaceAll("[^A-Za-z0-9._-]", "_");
  }

  /** Creates a folder that only this user may enter, unless it exists; its parent must exist. */
  static void createPrivate(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    if (hasOwners(folder)) {
      Files.createDirectory(folder, PRIVATE);
    } else {
      Files.createDirectory(folder);
    }
  }

  /** Whether only this user may read and change the folder. */
  boolean isPrivate(Path folder) throws IOException {
    if (!hasOwners(folder)) {
      return true;
    }
    Owned found = Owned.of(folder);
    return found.owner() == id && (found.mode() & OPEN_TO_OTHERS) == 0;
  }

  /**
   * Requires that no other user but root can change a file or folder. Takes the permission from
   * others if the file is this user's, as a usual umask of 002 gives it to the group.
   *
   * @throws IOException if another user could change it
   */
  void requireUnchangeableByOthers(Path path) throws IOException {
    if (!hasOwners(path)) {
      return;
    }
    Owned found = Owned.of(path);
    int owner = found.owner();
    if (id >= 0 && owner != id && owner != ROOT) {
      throw FileFailures.refusal(
          path, "expected a file of user %s or root, found one of user %s".formatted(id, owner));
    }
    if ((found.mode() & WRITABLE_BY_OTHERS) == 0) {
      return;
    }
    if (owner != id) {
      throw FileFailures.refusal(path, "other users can change it");
    }
    Set<PosixFilePermission> permissions =
        EnumSet.copyOf(Files.getPosixFilePermissions(path, LinkOption.NOFOLLOW_LINKS));
    permissions.removeAll(WRITE_OF_OTHERS);
    Files.setPosixFilePermissions(path, permissions);
  }

  private static boolean hasOwners(Path path) {
    return path.getFileSystem().supportedFileAttributeViews().contains("unix");
  }

  private static int uid(Path path) throws IOException {
    return (Integer) Files.getAttribute(path, "unix:uid");
  }

  /** A file's owner and mode; not those of a link's target, as another user can make links. */
  private record Owned(int owner, int mode) {
    static Owned of(Path path) throws IOException {
      Map<String, Object> found =
          Files.readAttributes(path, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
      return new Owned(
          (Integer) Objects.requireNonNull(found.get("uid")),
          (Integer) Objects.requireNonNull(found.get("mode")));
    }
  }
}
