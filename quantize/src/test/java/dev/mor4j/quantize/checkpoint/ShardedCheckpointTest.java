package dev.mor4j.quantize.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ShardedCheckpointTest {
  @TempDir private Path folder;

  private void writeShards() throws IOException {
    new SafetensorsWriter()
        .floats("a", new float[] {1}, 1)
        .write(folder.resolve("model-1.safetensors"));
    new SafetensorsWriter()
        .floats("b", new float[] {2}, 1)
        .write(folder.resolve("model-2.safetensors"));
  }

  private void writeIndex(String name, String weightMap) throws IOException {
    Files.writeString(
        folder.resolve(name), "{\"weight_map\": " + weightMap.replace('\'', '"') + "}");
  }

  @Test
  void joinsSafetensorsShards() throws IOException {
    writeShards();
    writeIndex(
        "model.safetensors.index.json", "{'a':'model-1.safetensors','b':'model-2.safetensors'}");

    try (CheckpointTensors checkpoint = CheckpointTensors.open(folder)) {

      assertThat(checkpoint.files()).hasSize(2);
      assertThat(checkpoint.tensors().get("a").floats()).containsExactly(1);
      assertThat(checkpoint.tensors().get("b").floats()).containsExactly(2);
    }
  }

  @Test
  void joinsPytorchShards() throws IOException {
    new TorchFile()
        .tensor("a", "FloatStorage", TorchFile.floats(3), 1)
        .write(folder.resolve("pytorch_model-1.bin"));
    writeIndex("pytorch_model.bin.index.json", "{'a':'pytorch_model-1.bin'}");

    try (CheckpointTensors checkpoint = CheckpointTensors.open(folder)) {

      assertThat(checkpoint.tensors().get("a").floats()).containsExactly(3);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'a':'model-1.safetensors','b':'model-3.safetensors'} | shard model-3.safetensors is missing",
        "{'a':'model-1.safetensors','b':'../model-2.safetensors'} | a file name without a folder",
        "{'a':'model-1.safetensors','b':'model-1.safetensors'} | tensor b is missing from model-1",
        "{'a':'model-1.safetensors','c':'model-2.safetensors'} | tensor b lies in model-2",
        "{'a':'model-1.safetensors','b':3} | expected a file name",
        "{} | expected an object"
      })
  void refusesAnIndexThatItsShardsContradict(String weightMap, String message) throws IOException {
    writeShards();
    writeIndex("model.safetensors.index.json", weightMap);

    assertThatThrownBy(() -> CheckpointTensors.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model.safetensors.index.json")
        .hasMessageContaining(message);
  }

  @Test
  void saysWhatItLookedForInAFolderWithoutWeights() {
    assertThatThrownBy(() -> CheckpointTensors.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("model.safetensors, pytorch_model.bin");
  }

  @Test
  void refusesAFolderWithAnAdapterOnly() throws IOException {
    Files.writeString(folder.resolve("adapter_config.json"), "{}");

    assertThatThrownBy(() -> CheckpointTensors.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("only an adapter");
  }
}
