package dev.mor4j.tests.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mor4j.quantize.CheckpointConverter;
import dev.mor4j.quantize.ConversionOptions;
import dev.mor4j.quantize.OutputType;
import dev.mor4j.quantize.WorkProgress;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import dev.mor4j.quantize.checkpoint.SafetensorsFile;
import dev.mor4j.quantize.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A checkpoint of the reference code, with the arrays that the reference computed from it.
 *
 * @param path the folder with config.json, the training yaml, the weights, golden.safetensors and
 *     meta.json
 */
record GoldenFolder(Path path) {
  private static final String WEIGHTS = "model.safetensors";

  /** The golden folders in a folder, sorted by name. */
  static List<GoldenFolder> in(Path parent) throws IOException {
    try (var children = Files.list(parent)) {
      return children
          .filter(child -> Files.exists(child.resolve("golden.safetensors")))
          .sorted()
          .map(GoldenFolder::new)
          .toList();
    }
  }

  String name() {
    return path.getFileName().toString();
  }

  /** Whether the converter must refuse the checkpoint because of its adapters. */
  boolean isRefused() {
    return name().endsWith("_STANDIN");
  }

  /**
   * Converts the checkpoint to F32.
   *
   * @param scratch an empty folder for the result
   */
  Path convert(Path scratch) throws IOException {
    Path gguf = scratch.resolve(name() + ".gguf");
    CheckpointConverter.convert(
        new ConversionOptions(
            withAliases(scratch), gguf, OutputType.F32, Optional.of(yaml()), false),
        WorkProgress.SILENT);
    return gguf;
  }

  private Path yaml() {
    Path prepared = path.resolve("mor_config.yaml");
    return Files.exists(prepared) ? prepared : path.resolve("mor_config.raw.yaml");
  }

  /** Restores the aliases of shared tensors, which the repository stores once. */
  private Path withAliases(Path scratch) throws IOException {
    Path weights = path.resolve(WEIGHTS);
    if (!Files.exists(weights)) {
      return path;
    }
    try (SafetensorsFile stored = SafetensorsFile.open(weights)) {
      if (aliases().stream().flatMap(List::stream).allMatch(stored.tensors()::containsKey)) {
        return path;
      }
      Path whole = Files.createDirectory(scratch.resolve(name()));
      Files.copy(path.resolve("config.json"), whole.resolve("config.json"));
      SafetensorsWriter writer = new SafetensorsWriter();
      Map<String, CheckpointTensor> all = new LinkedHashMap<>(stored.tensors());
      for (List<String> group : aliases()) {
        CheckpointTensor first = all.get(group.getFirst());
        group.forEach(name -> all.putIfAbsent(name, first));
      }
      all.forEach((name, tensor) -> writer.floats(name, tensor.floats(), shape(tensor)));
      writer.write(whole.resolve(WEIGHTS));
      return whole;
    }
  }

  /** Groups of names of the same tensor; the repository stores the first name of each. */
  List<List<String>> aliases() throws IOException {
    JsonNode meta = new ObjectMapper().readTree(path.resolve("meta.json").toFile());
    List<List<String>> groups = new ArrayList<>();
    for (JsonNode group : meta.path("shared_groups")) {
      List<String> names = new ArrayList<>();
      group.forEach(name -> names.add(name.asText()));
      groups.add(names);
    }
    return groups;
  }

  private static long[] shape(CheckpointTensor tensor) {
    return tensor.shape().stream().mapToLong(Long::longValue).toArray();
  }

  /** The arrays of the reference. */
  GoldenArrays arrays() throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path.resolve("golden.safetensors"))) {
      return GoldenArrays.copyOf(file);
    }
  }
}
