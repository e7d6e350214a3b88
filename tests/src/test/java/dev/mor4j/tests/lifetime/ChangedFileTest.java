package dev.mor4j.tests.lifetime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineException;
import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.LoadOptions;
import dev.mor4j.engine.LoadOptions.WeightStorage;
import dev.mor4j.engine.Model;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.Models;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Model files that change while the model is open. */
@Timeout(60)
class ChangedFileTest {
  private static final GenerationRequest TEXT =
      GenerationRequest.builder().prompt("Once").maxTokens(8).temperature(0).build();

  private @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void writeModel() throws IOException {
    file = Models.tiny(folder);
  }

  private static Answer answer(Model model) {
    try (Engine engine = Engine.builder(model).contextSize(64).threads(1).build()) {
      return Answer.to(TEXT, engine);
    }
  }

  private Model load(WeightStorage storage) throws IOException {
    return Model.load(file, LoadOptions.DEFAULT.withWeights(storage));
  }

  /** Overwrites the tensors' data and everything else with zeros, in place. */
  private void overwrite() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate((int) channel.size()), 0);
    }
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000)); // clocks may be coarse
  }

  @ParameterizedTest
  @EnumSource(names = {"MAPPED", "MAPPED_AS_STORED"})
  void anEngineRefusesAFileThatWasOverwritten(WeightStorage storage) throws IOException {
    try (Model model = load(storage)) {
      overwrite();

      assertThatThrownBy(() -> answer(model))
          .isInstanceOf(EngineException.class)
          .hasMessageStartingWith(file + ": the file was overwritten while it was open (")
          .hasMessageEndingWith("): load it again");
    }
  }

  @Test
  void anEngineRefusesAFileThatGrew() throws IOException {
    try (Model model = load(WeightStorage.MAPPED)) {
      FileTime time = Files.getLastModifiedTime(file);
      Files.write(file, new byte[1], StandardOpenOption.APPEND);
      Files.setLastModifiedTime(file, time);

      assertThatThrownBy(() -> answer(model))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("overwritten");
    }
  }

  @Test
  void aFileMayBeReplacedByAnother() throws IOException {
    try (Model model = load(WeightStorage.MAPPED)) {
      Answer before = answer(model);
      Path other = Files.write(folder.resolve("other.gguf"), new byte[] {1, 2, 3});
      Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);

      assertThat(answer(model).ids()).isEqualTo(before.ids());

      Files.delete(file);

      assertThat(answer(model).ids()).isEqualTo(before.ids());
    }
  }

  @Test
  void copiedWeightsNeedNoFile() throws IOException {
    try (Model mapped = load(WeightStorage.MAPPED)) {
      Answer expected = answer(mapped);
      try (Model copied = load(WeightStorage.COPIED)) {
        assertThat(answer(copied).ids()).isEqualTo(expected.ids());
        overwrite();

        Answer after = answer(copied);

        assertThat(after.ids()).isEqualTo(expected.ids());
        assertThat(after.text()).isEqualTo(expected.text());
      }
    }
  }
}
