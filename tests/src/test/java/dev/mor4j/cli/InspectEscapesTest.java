package dev.mor4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.gguf.GgufValue;
import dev.mor4j.gguf.GgufWriter;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Text of an untrusted file cannot control the terminal. */
class InspectEscapesTest {
  /** Clears the screen, starts a C1 control sequence, reverses the direction of text. */
  private static final String HOSTILE = "\u001b[2J\u009b1m\u202e";

  private static final String ESCAPED = "\\u001b[2J\\u009b1m\\u202e";

  private @TempDir Path folder;
  private Path file;

  @BeforeEach
  void write() throws IOException {
    file = folder.resolve("hostile.gguf");
    try (GgufWriter writer = GgufWriter.create(file)) {
      writer
          .metadata("key" + HOSTILE, GgufValue.string("value" + HOSTILE))
          .metadata("general.architecture", GgufValue.string("arch" + HOSTILE))
          .tensor("tensor" + HOSTILE, TensorType.F32, Shape.of(1));
      writer.write("tensor" + HOSTILE, MemorySegment.ofArray(new byte[4]));
      writer.commit();
    }
  }

  private static void requirePrintable(String text) {
    assertThat(text.chars())
        .allMatch(c -> c == '\n' || (!Character.isISOControl(c) && c != 0x202e));
  }

  @Test
  void inspectEscapesKeysValuesAndNames() {
    CommandRun run = CommandRun.of("inspect", file.toString());

    assertThat(run.out())
        .contains("key" + ESCAPED)
        .contains("value" + ESCAPED)
        .contains("tensor" + ESCAPED);
    requirePrintable(run.out());
    requirePrintable(run.err());
  }

  @Test
  void jsonEscapesThemToo() {
    CommandRun run = CommandRun.of("inspect", "--json", file.toString());

    requirePrintable(run.out());
  }

  @Test
  void errorsEscapeThemToo() {
    CommandRun run = CommandRun.of("run", "-m", file.toString(), "-p", "text");

    assertThat(run.err()).contains("arch" + ESCAPED);
    requirePrintable(run.err());
  }
}
