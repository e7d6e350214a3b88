package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GgmlLibraryTest {

  @Test
  void belongsToTheBindings() {
    GgmlLibrary library = GgmlLibrary.load();

    assertThat(library.version()).isEqualTo(NativeAbi.GGML_VERSION);
    assertThat(library.commit()).matches("[0-9a-f]{40}|unknown");
    assertThat(library.folder()).isDirectoryContaining("glob:**ggml-base*");
    assertThat(GgmlLibrary.load()).isSameAs(library);
  }
}
