package dev.mor4j.natives;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.ggml.GgmlLibrary;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user reads when the libraries cannot be loaded; each try in a process of its own. */
class NativeLibrariesTest {
  @TempDir Path temporary;

  /** The two lines of {@link LoadAttempt}, which are equal: a second try fails as the first. */
  private String load(String classPath, String property) throws Exception {
    Map<String, String> variables = Map.of("XDG_CACHE_HOME", temporary.resolve("cache").toString());
    return load(classPath, variables, "-Dmor4j.natives=" + property);
  }

  private String load(String classPath, Map<String, String> variables, String... properties)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx128m");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-XX:+DisplayVMOutputToStderr"); // the VM warns of files that are no libraries
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of(properties));
    command.addAll(List.of("-cp", classPath, LoadAttempt.class.getName()));
    ProcessBuilder builder = new ProcessBuilder(command).directory(temporary.toFile());
    builder.environment().keySet().removeAll(List.of("XDG_CACHE_HOME", "HOME"));
    builder.environment().putAll(variables);
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
        .contains("of the resource META-INF/native/" + Platform.current() + "/ cannot be used: ")
        .contains("libmor.so: ")
        .doesNotContain("class path");
  }

  private static void writeGarbage(Path folder) throws IOException {
    byte[] garbage = "not a library".repeat(100).getBytes(StandardCharsets.UTF_8);
    Files.write(folder.resolve("libmor.so"), garbage);
    Files.writeString(
        folder.resolve("libraries.txt"), "libmor.so " + LibraryIndex.sha256(garbage) + "\n");
  }

  @Test
  void resourceIsUnpackedToTheCacheAndLoaded() throws Exception {
    String message = load(System.getProperty("java.class.path"), "");

    assertThat(message).startsWith("loaded from " + temporary.resolve("cache/mor4j/natives"));
  }

  private static Path folderOf(String message) {
    assertThat(message).startsWith("loaded from ");
    return Path.of(message.substring("loaded from ".length()));
  }

  private static void cut(Path library) throws IOException {
    byte[] whole = Files.readAllBytes(library);
    Files.write(library, Arrays.copyOf(whole, whole.length / 3));
  }

  /**
   * The dynamic linker maps the missing pages, and the process dies by SIGBUS when it reads them.
   */
  @Test
  void libraryInTheCacheThatWasCutShortIsReplaced() throws Exception {
    Path folder = folderOf(load(System.getProperty("java.class.path"), ""));
    Path library = folder.resolve("libggml-base.so");
    long size = Files.size(library);
    cut(library);

    assertThat(folderOf(load(System.getProperty("java.class.path"), ""))).isEqualTo(folder);

    assertThat(library).hasSize(size);
  }

  @Test
  void libraryInANamedFolderThatWasCutShortIsRefused() throws Exception {
    Path unpacked = folderOf(load(System.getProperty("java.class.path"), ""));
    Path folder = Files.createDirectory(temporary.resolve("named"));
    try (Stream<Path> files = Files.list(unpacked)) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    Files.writeString(folder.resolve("libraries.txt"), index());
    assertThat(load(System.getProperty("java.class.path"), folder.toString()))
        .isEqualTo("loaded from " + folder);
    assertThat(load(System.getProperty("java.class.path"), folder.toString()))
        .isEqualTo("loaded from " + folder);
    cut(folder.resolve("libggml-base.so"));

    String message = load(System.getProperty("java.class.path"), folder.toString());

    assertThat(message)
        .startsWith(folder + " (system property mor4j.natives): expected a folder of libraries")
        .contains(folder.resolve("libggml-base.so") + ": expected SHA-256 ")
        .endsWith("the library was cut short or changed");
  }

  private static String index() throws IOException {
    String resource = "META-INF/native/" + Platform.current() + "/libraries.txt";
    try (InputStream index = NativeLibraries.class.getClassLoader().getResourceAsStream(resource)) {
      return new String(Objects.requireNonNull(index).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void cacheThatCannotBeWrittenHasAFallback() throws Exception {
    Path file = Files.writeString(temporary.resolve("file"), "");
    Map<String, String> variables = Map.of("XDG_CACHE_HOME", file.resolve("cache").toString());

    String message =
        load(System.getProperty("java.class.path"), variables, "-Djava.io.tmpdir=" + temporary);

    assertThat(message)
        .startsWith("loaded from " + temporary.resolve("mor4j-" + FileOwner.current().name()));
  }

  @Test
  void failureNamesBothFoldersThatCannotBeWritten() throws Exception {
    Path file = Files.writeString(temporary.resolve("file"), "");
    Map<String, String> variables = Map.of("XDG_CACHE_HOME", file.resolve("cache").toString());

    String message =
        load(
            System.getProperty("java.class.path"),
            variables,
            "-Djava.io.tmpdir=" + file.resolve("tmp"));

    assertThat(message)
        .contains(file.resolve("cache/mor4j") + " (")
        .contains(file.resolve("tmp") + "/mor4j-")
        .contains("set XDG_CACHE_HOME to a folder that this user can write to")
        .doesNotContain("class path");
  }

  /** As for a user without an entry in the system's list of users. */
  @Test
  void nothingIsTakenFromTheCurrentFolder() throws Exception {
    String message =
        load(
            System.getProperty("java.class.path"),
            Map.of(),
            "-Duser.home=?",
            "-Djava.io.tmpdir=" + Files.createDirectory(temporary.resolve("tmp")));

    assertThat(message).startsWith("loaded from " + temporary.resolve("tmp/mor4j-"));
    assertThat(temporary.resolve("?")).doesNotExist();
  }
}
