package dev.mor4j.quantize.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The tensors of a checkpoint in one or several files. Values are read from mapped files on demand,
 * by any thread, until this is closed.
 */
public sealed interface CheckpointTensors extends Closeable
    permits SafetensorsFile, PytorchCheckpoint, ShardedCheckpoint {

  /** All tensors by name. */
  Map<String, CheckpointTensor> tensors();

  /** The files that hold the tensors. */
  List<Path> files();

  @Override
  void close();

  /**
   * Opens the tensors of a trainer's folder: {@code model.safetensors} or {@code
   * pytorch_model.bin}, in one file or in shards with an index.
   *
   * @throws CheckpointException if there are none, or they are damaged or unsafe
   */
  static CheckpointTensors open(Path folder) throws IOException {
    Path safetensors = folder.resolve("model.safetensors");
    if (Files.exists(safetensors)) {
      return SafetensorsFile.open(safetensors);
    }
    Path safetensorsIndex = folder.resolve("model.safetensors.index.json");
    if (Files.exists(safetensorsIndex)) {
      return ShardedCheckpoint.open(safetensorsIndex, SafetensorsFile::open);
    }
    Path pytorch = folder.resolve("pytorch_model.bin");
    if (Files.exists(pytorch)) {
      return PytorchCheckpoint.open(pytorch);
    }
    Path pytorchIndex = folder.resolve("pytorch_model.bin.index.json");
    if (Files.exists(pytorchIndex)) {
      return ShardedCheckpoint.open(pytorchIndex, PytorchCheckpoint::open);
    }
    if (Files.exists(folder.resolve("adapter_config.json"))) {
      throw new CheckpointException(
          folder,
          "only an adapter (adapter_config.json), no weights: merge it into its base model first");
    }
    throw new CheckpointException(
        folder,
        "no weights: expected model.safetensors, pytorch_model.bin or the index of either's shards");
  }
}
