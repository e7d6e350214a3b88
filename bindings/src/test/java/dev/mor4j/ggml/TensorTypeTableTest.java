package dev.mor4j.ggml;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.gguf.TensorType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The Java table of types against the loaded ggml. */
class TensorTypeTableTest {

  @ParameterizedTest
  @EnumSource
  void blocksAreThoseOfGgml(TensorType type) {
    assertThat(type.blockSize()).isEqualTo(Quantization.blockSize(type));
    assertThat(type.blockBytes()).isEqualTo(Quantization.blockBytes(type));
  }

  @ParameterizedTest
  @EnumSource
  void readableTypesAreThoseThatGgmlDecodes(TensorType type) {
    boolean isDecoded = type == TensorType.F32 || Quantization.hasDecoder(type);

    assertThat(TypeSupport.isReadable(type)).isEqualTo(isDecoded);
  }
}
