package dev.mor4j.tests.golden;

import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import dev.mor4j.quantize.checkpoint.ElementType;
import dev.mor4j.quantize.checkpoint.SafetensorsFile;
import dev.mor4j.quantize.checkpoint.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Makes the repository's golden folders from complete ones: keeps the arrays of the shorter
 * sequences that the test reads, and stores a tensor that has several names once.
 *
 * <p>Usage: {@code GoldenSlimmer FROM TO}; the folder TO must not exist.
 */
final class GoldenSlimmer {
  private static final String KEPT_ARRAYS =
      "(b|threshold_b|threshold_empty|threshold_aux_b)_"
          + "(input_ids|logits|depth|selected_\\d|router_score_\\d|router_probs)";

  private GoldenSlimmer() {}

  public static void main(String[] args) throws IOException {
    slim(new GoldenFolder(Path.of(args[0])), Path.of(args[1]));
  }

  static void slim(GoldenFolder from, Path to) throws IOException {
    Files.createDirectory(to);
    for (String name : List.of("config.json", "mor_config.yaml", "meta.json")) {
      Files.copy(from.path().resolve(name), to.resolve(name));
    }
    try (SafetensorsFile arrays = SafetensorsFile.open(from.path().resolve("golden.safetensors"))) {
      SafetensorsWriter kept = new SafetensorsWriter();
      arrays.tensors().values().stream()
          .filter(array -> array.name().matches(KEPT_ARRAYS))
          .forEach(array -> add(kept, array));
      kept.write(to.resolve("golden.safetensors"));
    }
    Path pickled = from.path().resolve("pytorch_model.bin");
    if (Files.exists(pickled)) {
      Files.copy(pickled, to.resolve(pickled.getFileName()));
    } else {
      slimWeights(from, to.resolve("model.safetensors"));
    }
  }

  private static void slimWeights(GoldenFolder from, Path to) throws IOException {
    Set<String> dropped = new HashSet<>();
    from.aliases().forEach(group -> dropped.addAll(group.subList(1, group.size())));
    try (SafetensorsFile weights = SafetensorsFile.open(from.path().resolve(to.getFileName()))) {
      SafetensorsWriter kept = new SafetensorsWriter();
      weights.tensors().values().stream()
          .filter(tensor -> !dropped.contains(tensor.name()))
          .forEach(tensor -> add(kept, tensor));
      kept.write(to);
    }
  }

  private static void add(SafetensorsWriter writer, CheckpointTensor array) {
    long[] shape = array.shape().stream().mapToLong(Long::longValue).toArray();
    if (array.type() == ElementType.I64) {
      writer.longs(array.name(), array.longs(), shape);
    } else {
      writer.floats(array.name(), array.floats(), shape);
    }
  }
}
