package dev.mor4j.engine;

import dev.mor4j.architecture.Architectures;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A summary of a model file from its directory alone: no weights are read and no native code runs.
 *
 * @param config its hyperparameters
 * @param parameterCount number of stored values
 * @param unrolledParameterCount number of values of the same layers without sharing
 * @param storage how the tensors of the shared block are stored; empty where nothing is shared
 * @param kvBytesPerToken keys and values of a token that takes every step, in f16, by part of the
 *     cache
 */
public record ModelSummary(
    MorConfig config,
    long parameterCount,
    long unrolledParameterCount,
    Map<TensorRole, Storage> storage,
    Map<String, Long> kvBytesPerToken) {

  private static final List<TensorRole> BLOCK_ROLES =
      Stream.of(TensorRole.values())
          .filter(role -> role.scope() == TensorRole.Scope.BLOCK)
          .toList();

  /** How a tensor of the shared block is stored in the file. */
  public enum Storage {
    /** Once for all steps. */
    SHARED,
    /** Once for each step. */
    PER_STEP,
    /** One way in some layers, the other way in others. */
    MIXED
  }

  public ModelSummary {
    storage = Collections.unmodifiableMap(new LinkedHashMap<>(storage));
    kvBytesPerToken = Collections.unmodifiableMap(new LinkedHashMap<>(kvBytesPerToken));
  }

  /**
   * Summarizes a model file.
   *
   * @throws GgufFormatException if its metadata describe no such model
   */
  public static ModelSummary of(GgufFile file) throws GgufFormatException {
    MorConfig config = Architectures.readConfig(file);
    RecursionPlan plan = RecursionPlan.of(config.recursion(), config.recursionCount());
    long stored = file.tensors().stream().mapToLong(ModelSummary::valueCount).sum();
    long storedInBlocks =
        file.tensors().stream()
            .filter(tensor -> tensor.name().startsWith("blk."))
            .mapToLong(ModelSummary::valueCount)
            .sum();
    long run = plan.runs().stream().mapToLong(layer -> valueCount(file, layer)).sum();
    return new ModelSummary(
        config, stored, stored - storedInBlocks + run, storage(file, config, plan), kv(config));
  }

  private static long valueCount(GgufFile file, LayerRun layer) {
    return BLOCK_ROLES.stream()
        .map(role -> shared(file, layer, role).or(() -> ofStep(file, layer, role)))
        .flatMap(Optional::stream)
        .mapToLong(ModelSummary::valueCount)
        .sum();
  }

  private static long valueCount(GgufTensorInfo tensor) {
    return tensor.shape().valueCount();
  }

  private static Optional<GgufTensorInfo> shared(GgufFile file, LayerRun layer, TensorRole role) {
    return file.tensor(TensorId.inBlock(role, layer.block()).name());
  }

  private static Optional<GgufTensorInfo> ofStep(GgufFile file, LayerRun layer, TensorRole role) {
    return file.tensor(TensorId.inBlock(role, layer.block()).atStep(layer.step()).name());
  }

  private static Map<TensorRole, Storage> storage(
      GgufFile file, MorConfig config, RecursionPlan plan) {
    Map<TensorRole, Storage> storage = new EnumMap<>(TensorRole.class);
    if (config.recursionCount() == 1) {
      return storage;
    }
    for (TensorRole role : BLOCK_ROLES) {
      plan.sharedRuns().stream()
          .flatMap(List::stream)
          .forEach(
              layer -> {
                if (shared(file, layer, role).isPresent()) {
                  storage.merge(role, Storage.SHARED, ModelSummary::together);
                }
                if (ofStep(file, layer, role).isPresent()) {
                  storage.merge(role, Storage.PER_STEP, ModelSummary::together);
                }
              });
    }
    return storage;
  }

  private static Storage together(Storage one, Storage other) {
    return one == other ? one : Storage.MIXED;
  }

  private static Map<String, Long> kv(MorConfig config) {
    KvLayout layout = KvLayout.of(config);
    Map<String, Long> bytes = new LinkedHashMap<>();
    for (int index = 0; index < layout.regions().size(); index++) {
      KvLayout.Region region = layout.regions().get(index);
      for (int step = 0; step < region.steps(); step++) {
        bytes.put(region.part(step), KvCache.bytesPerSlot(layout, KvTypes.F16, index));
      }
    }
    return bytes;
  }
}
