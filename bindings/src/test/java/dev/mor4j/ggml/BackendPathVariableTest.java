package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ggml's own variable {@code GGML_BACKEND_PATH}, each value in a process of its own. */
class BackendPathVariableTest {
  /** A backend for tests, built by native-ggml. */
  private static final Path TRIAL =
      Path.of("../native-ggml/target/trial-backend/libggml-trial.so").toAbsolutePath().normalize();

  private @TempDir Path folder;

  private static List<String> load(Path backend) throws Exception {
    return LibraryReport.of(
        List.of("-Dmor4j.backends="), Map.of("GGML_BACKEND_PATH", backend.toString()));
  }

  @Test
  void doesNotLoadALibraryOfAnUnknownVersion() throws Exception {
    Path backend = Files.copy(TRIAL, folder.resolve(TRIAL.getFileName()));

    assertThat(load(backend))
        .noneMatch(line -> line.startsWith("device TRIAL"))
        .contains(
            "problem %s: expected backends built with ggml %s, found neither libraries.txt nor ggml's base library: not loaded"
                .formatted(folder, NativeAbi.GGML_VERSION));
  }

  @Test
  void loadsALibraryOfTheSameVersion() throws Exception {
    assertThat(load(TRIAL)).contains("device TRIAL0").noneMatch(line -> line.startsWith("problem"));
  }

  @Test
  void reportsAFileThatDoesNotExist() throws Exception {
    Path missing = folder.resolve("libggml-none.so");

    assertThat(load(missing))
        .contains(
            "problem " + missing + ": expected a backend such as libggml-cuda.so, found no file");
  }
}
