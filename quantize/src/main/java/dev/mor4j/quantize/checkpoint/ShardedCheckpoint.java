package dev.mor4j.quantize.checkpoint;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Several weight files with an index that maps each tensor to its file. */
public final class ShardedCheckpoint implements CheckpointTensors {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private static final long MAX_INDEX_BYTES = 100_000_000;

  /** Opens one shard. */
  interface ShardOpener {
    CheckpointTensors open(Path file) throws IOException;
  }

  private final List<CheckpointTensors> shards;
  private final Map<String, CheckpointTensor> tensors;

  private ShardedCheckpoint(List<CheckpointTensors> shards, Map<String, CheckpointTensor> tensors) {
    this.shards = shards;
    this.tensors = tensors;
  }

  static ShardedCheckpoint open(Path index, ShardOpener opener) throws IOException {
    Map<String, String> weightMap = readWeightMap(index);
    Map<String, CheckpointTensors> shards = new TreeMap<>();
    try {
      for (String shard : weightMap.values()) {
        if (!shards.containsKey(shard)) {
          shards.put(shard, opener.open(locate(index, shard)));
        }
      }
      return new ShardedCheckpoint(List.copyOf(shards.values()), join(index, weightMap, shards));
    } catch (IOException | RuntimeException failure) {
      shards.values().forEach(CheckpointTensors::close);
      throw failure;
    }
  }

  private static Map<String, String> readWeightMap(Path index) throws IOException {
    if (Files.size(index) > MAX_INDEX_BYTES) {
      throw new CheckpointException(index, "index larger than 100 MB");
    }
    JsonNode root;
    try {
      root = JSON.readTree(index.toFile());
    } catch (JacksonException malformed) {
      throw new CheckpointException(
          index, "not valid JSON: " + malformed.getOriginalMessage(), malformed);
    }
    JsonNode map = root.path("weight_map");
    if (!map.isObject() || map.isEmpty()) {
      throw new CheckpointException(
          index, "weight_map: expected an object of tensor names to shards");
    }
    Map<String, String> weightMap = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : map.properties()) {
      if (!entry.getValue().isTextual()) {
        throw new CheckpointException(
            index,
            "weight_map: tensor %s: expected a file name, found %s"
                .formatted(entry.getKey(), entry.getValue()));
      }
      weightMap.put(entry.getKey(), entry.getValue().asText());
    }
    return weightMap;
  }

  private static Path locate(Path index, String shard) throws IOException {
    // An index must not make us read files in other folders.
    if (shard.isEmpty() || shard.startsWith(".") || !shard.matches("[\\w.\\-]+")) {
      throw new CheckpointException(
          index, "weight_map: expected a file name without a folder, found " + shard);
    }
    Path file = index.resolveSibling(shard);
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(index, "weight_map: shard " + shard + " is missing");
    }
    return file;
  }

  private static Map<String, CheckpointTensor> join(
      Path index, Map<String, String> weightMap, Map<String, CheckpointTensors> shards)
      throws IOException {
    Map<String, CheckpointTensor> joined = new LinkedHashMap<>();
    for (Map.Entry<String, CheckpointTensors> shard : shards.entrySet()) {
      for (CheckpointTensor tensor : shard.getValue().tensors().values()) {
        String listed = weightMap.get(tensor.name());
        if (!shard.getKey().equals(listed)) {
          throw new CheckpointException(
              index,
              "weight_map: tensor %s lies in %s, but the index says %s"
                  .formatted(tensor.name(), shard.getKey(), listed));
        }
        joined.put(tensor.name(), tensor);
      }
    }
    for (Map.Entry<String, String> listed : weightMap.entrySet()) {
      if (!joined.containsKey(listed.getKey())) {
        throw new CheckpointException(
            index,
            "weight_map: tensor %s is missing from %s"
                .formatted(listed.getKey(), listed.getValue()));
      }
    }
    return Collections.unmodifiableMap(joined);
  }

  @Override
  public Map<String, CheckpointTensor> tensors() {
    return tensors;
  }

  @Override
  public List<Path> files() {
    List<Path> files = new ArrayList<>();
    shards.forEach(shard -> files.addAll(shard.files()));
    return files;
  }

  @Override
  public void close() {
    shards.forEach(CheckpointTensors::close);
  }
}
