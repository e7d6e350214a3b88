package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Native libraries of another version are refused with one line, each in a process of its own. */
class NativeAbiTest {
  private static final String END =
      ": these native libraries do not belong to this version of mor4j; use those that were built"
          + " with it";

  /** Built by native-ggml: libraries {@code mor} of other versions, by kind. */
  private static final Path STALE = Path.of("../native-ggml/target/stale-natives");

  private @TempDir Path folder;

  /** The natives of this build with another library {@code mor}. */
  private List<String> loadWith(String staleKind) throws Exception {
    Path natives = GgmlLibrary.load().folder();
    String mor = System.mapLibraryName("mor");
    try (Stream<Path> files = Files.list(natives)) {
      for (Path file : files.filter(file -> !file.endsWith(mor)).toList()) {
        Files.copy(file, folder.resolve(file.getFileName().toString()));
      }
    }
    Files.copy(STALE.resolve(staleKind).resolve(mor), folder.resolve(mor));
    writeIndex();
    return LibraryReport.of(List.of("-Dmor4j.natives=" + folder), Map.of());
  }

  /** Libraries in load order, with their hashes. */
  private void writeIndex() throws Exception {
    StringBuilder index = new StringBuilder("ggml " + NativeAbi.GGML_VERSION + "\n");
    for (String library : List.of("ggml-base", "ggml", "mor")) {
      String name = System.mapLibraryName(library);
      byte[] content = Files.readAllBytes(folder.resolve(name));
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(content);
      index.append(name).append(' ').append(HexFormat.of().formatHex(digest)).append('\n');
    }
    Files.writeString(folder.resolve("libraries.txt"), index);
  }

  @Test
  void refusesLibrariesWithoutAnAbiVersion() throws Exception {
    assertThat(loadWith("before_abi"))
        .containsExactly(
            "refused " + folder + ": expected ABI version 1 of the library mor, found none" + END);
  }

  @Test
  void refusesLibrariesWithAnotherAbiVersion() throws Exception {
    assertThat(loadWith("other_abi"))
        .containsExactly(
            "refused "
                + folder
                + ": expected ABI version 1 of the library mor, found 1000000"
                + END);
  }

  @Test
  void refusesLibrariesCompiledAgainstAnotherGgml() throws Exception {
    assertThat(loadWith("other_ggml"))
        .singleElement()
        .asString()
        .startsWith("refused " + folder + ": expected a library mor compiled against its ggml")
        .endsWith(
            "found one compiled against commit 0000000000000000000000000000000000000000" + END);
  }

  @Test
  void namesTheConstantThatDiffers() throws IOException {
    assertThatThrownBy(() -> NativeAbi.checkConstant(folder, "sizeof(ggml_tensor)", 1))
        .isInstanceOf(GgmlException.class)
        .hasMessageStartingWith(folder + ": expected sizeof(ggml_tensor) = 1, found ");
    assertThatThrownBy(() -> NativeAbi.checkConstant(folder, "MOR_NO_SUCH_CONSTANT", 1))
        .isInstanceOf(GgmlException.class)
        .hasMessageContaining("expected MOR_NO_SUCH_CONSTANT = 1, found -1");
  }
}
