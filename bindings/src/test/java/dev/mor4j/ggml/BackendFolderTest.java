package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackendFolderTest {
  private static final String VERSION = GgmlLibrary.load().version();

  private @TempDir Path folder;

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text, StandardCharsets.ISO_8859_1);
  }

  private BackendFolder backends() {
    return new BackendFolder(folder, VERSION);
  }

  @Test
  void reportsTheLoadersReasonForABackendThatCannotBeLoaded() throws IOException {
    write("libraries.txt", "ggml " + VERSION + "\ncommit unknown\n");
    write("libggml-cuda.so", "no library at all");

    assertThat(backends().load())
        .singleElement()
        .asString()
        .startsWith(folder + "/libggml-cuda.so cannot be loaded: ")
        .contains("libggml-cuda.so: ");
  }

  @Test
  void refusesBackendsOfAnotherGgml() throws IOException {
    write("libraries.txt", "ggml 0.9.4\n");
    write("libggml-vulkan.so", "never opened");

    assertThat(backends().load())
        .containsExactly(
            "%s: expected backends built with ggml %s, found 0.9.4: not loaded"
                .formatted(folder, VERSION));
  }

  @Test
  void readsTheVersionFromTheBaseLibraryIfThereIsNoIndex() throws IOException {
    write("libggml-cuda.so", "no library at all");
    write("libggml-base.so", "code\0" + VERSION + "2\0more");

    assertThat(backends().load())
        .singleElement()
        .asString()
        .endsWith("found another in " + folder.resolve("libggml-base.so") + ": not loaded");

    write("libggml-base.so", "code\0" + VERSION + "\0more");

    assertThat(backends().load()).singleElement().asString().contains("cannot be loaded");
  }

  @Test
  void refusesBackendsOfUnknownVersion() throws IOException {
    write("libggml-cuda.so", "never opened");

    assertThat(backends().load())
        .singleElement()
        .asString()
        .contains("found neither libraries.txt nor ggml's base library");
  }

  @Test
  void ignoresCpuBackendsAndOtherLibraries() throws IOException {
    write("libggml-cpu-haswell.so", "never opened");
    write("libllama.so", "never opened");

    assertThat(backends().load())
        .containsExactly(folder + ": expected backends such as libggml-cuda.so, found none");
    assertThat(backends().loadMissing()).isEmpty();
  }

  @Test
  void reportsAMissingFolder() {
    Path missing = folder.resolve("none");

    assertThat(new BackendFolder(missing, VERSION).load())
        .containsExactly(missing + ": cannot be read: no such folder");
  }
}
