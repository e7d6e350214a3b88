package dev.mor4j.tests.golden;

import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import dev.mor4j.quantize.checkpoint.ElementType;
import dev.mor4j.quantize.checkpoint.SafetensorsFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The arrays of one golden.safetensors, on the heap. Their first dimension is the batch; they are
 * read row by row.
 */
final class GoldenArrays {
  private final Map<String, float[]> floats = new HashMap<>();
  private final Map<String, long[]> longs = new HashMap<>();
  private final Map<String, Integer> rowCounts = new HashMap<>();

  private GoldenArrays() {}

  static GoldenArrays copyOf(SafetensorsFile file) {
    GoldenArrays arrays = new GoldenArrays();
    file.tensors().forEach(arrays::add);
    return arrays;
  }

  private void add(String name, CheckpointTensor tensor) {
    rowCounts.put(name, tensor.shape().getFirst().intValue());
    if (tensor.type() == ElementType.F32) {
      floats.put(name, tensor.floats());
    } else {
      longs.put(name, tensor.longs());
    }
  }

  boolean has(String name) {
    return rowCounts.containsKey(name);
  }

  /** The batch size of the arrays with a prefix such as {@code a_}; 0 if there are none. */
  int rowCount(String prefix) {
    return rowCounts.getOrDefault(prefix + "input_ids", 0);
  }

  float[] floats(String name, int row) {
    float[] all = floats.get(name);
    int length = all.length / rowCounts.get(name);
    return Arrays.copyOfRange(all, row * length, (row + 1) * length);
  }

  int[] ints(String name, int row) {
    long[] all = longs.get(name);
    int length = all.length / rowCounts.get(name);
    return Arrays.stream(all, row * length, (row + 1) * length)
        .mapToInt(Math::toIntExact)
        .toArray();
  }

  /** The depth of each token; empty if the model has no router. */
  Optional<int[]> depths(String prefix, int row) {
    int tokenCount = ints(prefix + "input_ids", row).length;
    if (has(prefix + "depth")) {
      return Optional.of(
          Arrays.stream(ints(prefix + "depth", row)).map(last -> last + 1).toArray());
    }
    if (!has(prefix + "selected_0")) {
      return Optional.empty();
    }
    int[] depths = new int[tokenCount];
    for (int step = 0; has(prefix + "selected_" + step); step++) {
      for (int position : ints(prefix + "selected_" + step, row)) {
        depths[position]++;
      }
    }
    return Optional.of(depths);
  }

  /** Expert choice: scores by step; NaN where the reference did not evaluate the router. */
  List<float[]> stepScores(String prefix, int row) {
    List<float[]> scores = new ArrayList<>();
    for (int step = 0; has(prefix + "router_score_" + step); step++) {
      scores.add(floats(prefix + "router_score_" + step, row));
    }
    return scores;
  }
}
