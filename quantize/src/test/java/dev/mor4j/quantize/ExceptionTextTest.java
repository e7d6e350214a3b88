package dev.mor4j.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.quantize.checkpoint.CheckpointException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Names from untrusted files cannot send control sequences to a terminal. */
class ExceptionTextTest {
  private static final Path FILE = Path.of("model.gguf");
  private static final String NAME = "blk.0\u001b[2J\u009b1m\u202ehidden\n";
  private static final String ESCAPED = "blk.0\\u001b[2J\\u009b1m\\u202ehidden\\n";

  @Test
  void quantizationFailuresEscapeNames() {
    assertThat(new QuantizationException(FILE, NAME)).hasMessage("model.gguf: " + ESCAPED);
    assertThat(new QuantizationException(FILE, NAME, new IllegalStateException()))
        .hasMessage("model.gguf: " + ESCAPED);
  }

  @Test
  void checkpointFailuresEscapeNames() {
    assertThat(new CheckpointException(FILE, NAME)).hasMessage("model.gguf: " + ESCAPED);
    assertThat(new CheckpointException(FILE, NAME, new IllegalStateException()))
        .hasMessage("model.gguf: " + ESCAPED);
  }
}
