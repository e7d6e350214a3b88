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
 * What a measured model is.
 *
 * @param file its file
 * @param type its name, and the type that most of its bytes are of
 * @param weightBytes bytes of all tensors
 * @param parameterCount values of all tensors
 * @param recursions recursion steps
 * @param vocabularySize token ids are 0 up to this
 * @param backends of the devices that hold it, as {@code CUDA,CPU}
 * @param gpu what its maker calls the device beside the CPU; empty without one
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

  /** Reads the file's directory. */
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
