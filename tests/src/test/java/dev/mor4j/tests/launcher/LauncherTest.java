package dev.mor4j.tests.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The script {@code mor}: its folder, its users, its locale, and builds that fail. */
class LauncherTest {
  private static final String PICOCLI = "cli/target/mor/lib/picocli-1.jar";

  /** A user that exists on no machine and owns nothing. */
  private static final String[] AS_OTHER_USER = {
    "setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"
  };

  @TempDir private static Path folder;

  private static Installation installation;

  @BeforeAll
  static void install() throws IOException, InterruptedException {
    // JUnit makes the folder for its own user only.
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    installation = Installation.in(folder.resolve("a folder with spaces"));
    Installation.Outcome first = installation.mor("first");
    assertThat(first.output()).endsWith("first\n").contains("building");
    assertThat(first.exitCode()).isZero();
  }

  @Test
  void runsFromAFolderWithSpacesAndThroughALink() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link to mor"), installation.file("mor"));
    int builds = installation.buildCount();

    Installation.Outcome run =
        installation.shell(Map.of(), link.toString(), "two words", "", "$HOME *");

    assertThat(run.output()).isEqualTo("two words\n\n$HOME *\n");
    assertThat(installation.buildCount()).isEqualTo(builds);
  }

  /** Unset, named, and of a locale that is not installed. */
  @ParameterizedTest
  @ValueSource(strings = {"LC_ALL=", "LC_ALL=C", "LANG=POSIX", "LC_CTYPE=xx_XX.UTF-8"})
  void argumentsBeyondAsciiNeedNoLocale(String locale) throws Exception {
    String[] variable = locale.split("=", 2);

    Installation.Outcome run =
        installation.shell(
            Map.of(variable[0], variable[1]),
            "sh",
            "-c",
            "exec ./mor \"$(printf 'caf\\303\\251 \\360\\237\\230\\200')\"");

    assertThat(run.output()).isEqualTo("caf\u00e9 \ud83d\ude00\n");
  }

  @Test
  void failedBuildKeepsTheInstallation() throws Exception {
    Path natives = installation.file("native-ggml/target/classes/META-INF/native/test");
    Path away = natives.resolveSibling("away");
    Files.move(natives, away);
    Files.writeString(installation.file("broken"), "");
    int builds = installation.buildCount();

    Installation.Outcome failed = installation.mor("text");
    Files.move(away, natives);
    Installation.Outcome run = installation.mor("text");
    Files.delete(installation.file("broken"));

    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.output())
        .contains("mor4j: the build failed: cmake not found: install it. (full log: ");
    assertThat(run.output()).isEqualTo("text\n");
    assertThat(installation.buildCount()).isEqualTo(builds + 1);
  }

  @Test
  void filesHaveTheModesThatTheUmaskAllows() throws Exception {
    Set<PosixFilePermission> usual =
        Files.getPosixFilePermissions(Files.writeString(folder.resolve("usual"), ""));

    try (Stream<Path> files = Files.walk(installation.file("cli/target/mor"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.getPosixFilePermissions(file)).as(file.toString()).containsAll(usual);
      }
    }
  }

  /** Only root may become another user: without root rights this test has nothing to do. */
  @Test
  void otherUsersRunItAndAreToldOfFilesTheyCannotRead() throws Exception {
    if (!isRoot()) {
      return;
    }
    assertThat(asOtherUser("text")).isEqualTo(new Installation.Outcome(0, "text\n"));
    Path jar = installation.file(PICOCLI);
    Set<PosixFilePermission> usual = Files.getPosixFilePermissions(jar);
    Files.setPosixFilePermissions(jar, PosixFilePermissions.fromString("rw-------"));

    Installation.Outcome refused = asOtherUser("text");
    Files.setPosixFilePermissions(jar, usual);

    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.output())
        .startsWith("mor4j: cannot read " + jar.toRealPath() + ": its owner can")
        .contains("chmod -R a+rX '" + installation.file("").toRealPath() + "'");
  }

  private static Installation.Outcome asOtherUser(String argument) throws Exception {
    String[] command =
        Stream.of(List.of(AS_OTHER_USER), List.of("./mor", argument))
            .flatMap(List::stream)
            .toArray(String[]::new);
    return installation.shell(Map.of(), command);
  }

  private static boolean isRoot() throws IOException {
    return Files.getAttribute(folder, "unix:uid").equals(0);
  }
}
