package dev.mor4j.natives;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.ggml.GgmlLibrary;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user reads when the libraries cannot be loaded; each try in a process of its own. */
class NativeLibrariesTest {
  @TempDir Path temporary;

  /** The two lines of {@link LoadAttempt}, which are equal: a second try fails as the first. */
  private String load(String classPath, String property) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+DisplayVMOutputToStderr", // the VM warns of files that are no libraries
                "--enable-native-access=ALL-UNNAMED",
                "-Dmor4j.natives=" + property,
                "-cp",
                classPath,
                LoadAttempt.class.getName()));
    builder.environment().put("XDG_CACHE_HOME", temporary.resolve("cache").toString());
    Process process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as(output).isZero();
    List<String> lines = output.lines().toList();
    assertThat(lines).as(output).hasSize(2);
    assertThat(lines.get(1)).isEqualTo(lines.get(0));
    return lines.get(0);
  }

  private static String withoutLibraries() throws URISyntaxException {
    return placeOf(GgmlLibrary.class) + File.pathSeparator + placeOf(LoadAttempt.class);
  }

  private static Path placeOf(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  @Test
  void failureListsEachPlaceAndWhatToDo() throws Exception {
    String message = load(withoutLibraries(), "");

    assertThat(message)
        .startsWith("native libraries for " + Platform.current() + " not found; tried")
        .contains("system property mor4j.natives (not set)")
        .contains("META-INF/native/" + Platform.current() + "/libraries.txt (not on the class")
        .contains("mor4j-native-ggml")
        .contains("-Dmor4j.natives=DIR");
  }

  @Test
  void namedFolderWithoutLibrariesIsRefusedThoughTheClassPathHasSome() throws Exception {
    Path empty = Files.createDirectory(temporary.resolve("empty"));

    String message = load(System.getProperty("java.class.path"), empty.toString());

    assertThat(message)
        .startsWith(empty + " (system property mor4j.natives): expected a folder of libraries")
        .endsWith("no file " + empty.resolve("libraries.txt"));
  }

  @Test
  void garbageInPlaceOfALibraryIsReportedInTheLoadersWords() throws Exception {
    Path folder = Files.createDirectory(temporary.resolve("garbage"));
    writeGarbage(folder);

    String message = load(withoutLibraries(), folder.toString());

    assertThat(message)
        .startsWith(folder + " (system property mor4j.natives): expected")
        .contains(folder.resolve("libmor.so") + ": ");
  }

  @Test
  void garbageInPlaceOfAResourceIsReportedToo() throws Exception {
    Path root = temporary.resolve("classes");
    writeGarbage(
        Files.createDirectories(root.resolve("META-INF/native").resolve(Platform.current())));

    String message = load(withoutLibraries() + File.pathSeparator + root, "");

    assertThat(message)
        .contains("resource META-INF/native/" + Platform.current() + "/ (")
        .contains("libmor.so: ");
  }

  private static void writeGarbage(Path folder) throws IOException {
    byte[] garbage = "not a library".repeat(100).getBytes(StandardCharsets.UTF_8);
    Files.write(folder.resolve("libmor.so"), garbage);
    Files.writeString(
        folder.resolve("libraries.txt"), "libmor.so " + LibraryIndex.sha256(garbage) + "\n");
  }

  @Test
  void resourceIsExtractedToTheCacheAndLoaded() throws Exception {
    String message = load(System.getProperty("java.class.path"), "");

    assertThat(message).startsWith("loaded from " + temporary.resolve("cache/mor4j/natives"));
  }
}
