package dev.mor4j.cli.bench;

import dev.mor4j.engine.Model;
import dev.mor4j.ggml.Device;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Properties of the measured model.
 *
 * @param file its path
 * @param type its name and the type of most of its bytes
 * @param weightBytes size of all tensors in bytes
 * @param parameterCount number of values in all tensors
 * @param recursions number of recursion steps
 * @param vocabularySize number of token ids
 * @param backends of the devices that hold it, as in {@code CUDA,CPU}
 * @param gpu description of the device other than the CPU; empty if there is none
 */
public record BenchModel(
    Path file,
    String type,
    long weightBytes,
    long parameterCount,
    int recursions,
    int vocabularySize,
    String backends,
    String gpu) {

  /** Reads the properties from the directory of the model's file. */
  public static BenchModel of(Model model) throws IOException {
    long bytes = 0;
    long values = 0;
    Map<TensorType, Long> bytesByType = new EnumMap<>(TensorType.class);
    try (GgufFile file = GgufFile.open(model.path())) {
      for (GgufTensorInfo tensor : file.tensors()) {
        bytes += tensor.byteSize();
        values += tensor.shape().valueCount();
        bytesByType.merge(tensor.type(), tensor.byteSize(), Long::sum);
      }
    }
    String most =
        bytesByType.entrySet().stream()
            .max(Map.Entry.comparingByValue())
            .map(entry -> " " + entry.getKey())
            .orElse("");
    return new BenchModel(
        model.path(),
        model.config().name() + most,
        bytes,
        values,
        model.config().recursionCount(),
        model.config().vocabularySize(),
        model.placement().devices().stream()
            .map(Device::backendName)
            .collect(Collectors.joining(",")),
        model.placement().isCpuOnly()
            ? ""
            : model.placement().device().properties().description().strip());
  }
}
