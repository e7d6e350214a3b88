package dev.mor4j.cli.devices;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstalledFilesTest {
  @TempDir private Path folder;
  private Path jar;

  @BeforeEach
  void install() throws IOException {
    jar = Files.writeString(folder.resolve("a.jar"), "");
  }

  private void modes(String ofFolder, String ofFile) throws IOException {
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString(ofFolder));
    Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString(ofFile));
  }

  @Test
  void fileThatOnlyItsOwnerCanReadIsNamed() throws IOException {
    modes("rwxr-xr-x", "rw-------");

    assertThatThrownBy(() -> new InstalledFiles(List.of(jar)).requireReadable())
        .hasMessageStartingWith(jar + ": other users cannot read it");
  }

  @Test
  void installationsForAllAndForOneUserAreGood() throws IOException {
    modes("rwxr-xr-x", "rw-r--r--");
    assertThatCode(() -> new InstalledFiles(List.of(jar)).requireReadable())
        .doesNotThrowAnyException();

    modes("rwx------", "rw-------");
    assertThatCode(() -> new InstalledFiles(List.of(jar)).requireReadable())
        .doesNotThrowAnyException();
  }

  @Test
  void missingFileIsNamed() {
    Path missing = folder.resolve("missing.jar");

    assertThatThrownBy(() -> new InstalledFiles(List.of(missing)).requireReadable())
        .hasMessageStartingWith(missing + ": this user cannot read it");
  }
}
