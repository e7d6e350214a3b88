package dev.mor4j.quantize;

import dev.mor4j.gguf.Shape;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.TensorRole;
import dev.mor4j.model.TensorSpec;
import dev.mor4j.model.TensorTable;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Assigns the tensors of a checkpoint to the tensors of the model: every required one must be there
 * with its shape, and none may be left over.
 */
final class CheckpointLayout {
  private final Path checkpoint;
  private final NameMapping mapping;
  private final Map<String, CheckpointTensor> tensors;
  private final Map<Integer, List<LayerRun>> runsByBlock;
  private final Set<String> unused;

  private CheckpointLayout(
      Path checkpoint, NameMapping mapping, Map<String, CheckpointTensor> tensors) {
    this.checkpoint = checkpoint;
    this.mapping = mapping;
    this.tensors = tensors;
    this.runsByBlock = runsByBlock(mapping.config());
    this.unused = new TreeSet<>(tensors.keySet());
  }

  /**
   * The model's tensors in the order of the table.
   *
   * @param table of the architecture that is written
   * @throws CheckpointException naming the tensor that is missing, left over or of another shape
   */
  static List<LogicalTensor> of(
      Path checkpoint,
      TensorTable table,
      NameMapping mapping,
      Map<String, CheckpointTensor> tensors)
      throws CheckpointException {
    CheckpointLayout layout = new CheckpointLayout(checkpoint, mapping, tensors);
    List<LogicalTensor> logical = new ArrayList<>();
    for (TensorSpec spec : table.specs()) {
      if (layout.isExpected(spec)) {
        logical.add(new LogicalTensor(spec, layout.sources(spec)));
      }
    }
    layout.requireNothingUnused();
    return List.copyOf(logical);
  }

  private static Map<Integer, List<LayerRun>> runsByBlock(MorConfig config) {
    RecursionPlan plan = RecursionPlan.of(config.recursion(), config.recursionCount());
    Map<Integer, List<LayerRun>> blocks = new LinkedHashMap<>();
    for (LayerRun run : plan.runs()) {
      blocks.computeIfAbsent(run.block(), block -> new ArrayList<>()).add(run);
    }
    return blocks;
  }

  /** Whether this checkpoint must have the tensor: all required and some optional tensors. */
  private boolean isExpected(TensorSpec spec) {
    if (!spec.isOptional()) {
      return true;
    }
    return switch (spec.role()) {
      case RECURSION_ENCODING -> mapping.isEncoded(lastRun(spec));
      case ROUTER_BIAS -> mapping.hasRouterBias();
      case OUTPUT -> tensors.containsKey(mapping.official(spec.id()));
      default -> false;
    };
  }

  private LayerRun lastRun(TensorSpec spec) {
    List<LayerRun> runs = runs(spec);
    return runs.get(runs.size() - 1);
  }

  private List<LayerRun> runs(TensorSpec spec) {
    return runsByBlock.getOrDefault(spec.id().block(), List.of());
  }

  private List<CheckpointTensor> sources(TensorSpec spec) throws CheckpointException {
    if (spec.role().scope() != TensorRole.Scope.BLOCK) {
      return List.of(take(mapping.official(spec.id()), spec));
    }
    List<CheckpointTensor> sources = new ArrayList<>();
    for (LayerRun run : runs(spec)) {
      sources.add(take(mapping.official(spec.role(), run), spec));
    }
    return sources;
  }

  private CheckpointTensor take(String official, TensorSpec spec) throws CheckpointException {
    CheckpointTensor tensor = tensors.get(official);
    if (tensor == null) {
      throw new CheckpointException(checkpoint, "tensor " + official + " is missing");
    }
    Shape shape = Shape.of(spec.sizes());
    if (!matches(tensor.shape(), shape)) {
      throw new CheckpointException(
          tensor.file(),
          "tensor %s: expected shape %s as config.json says, found %s"
              .formatted(official, pytorchShape(shape), tensor.shape()));
    }
    if (!tensor.type().isFloatingPoint()) {
      throw new CheckpointException(
          tensor.file(),
          "tensor %s: expected F32, F16, BF16 or F64, found %s".formatted(official, tensor.type()));
    }
    unused.remove(official);
    return tensor;
  }

  private static boolean matches(List<Long> found, Shape shape) {
    // A router with one output is [1, D] in PyTorch and [D] in the GGUF file; both mean one row.
    List<Long> slowestFirst = pytorchShape(shape);
    return found.equals(slowestFirst)
        || (shape.dimensionCount() == 1
            && found.size() == 2
            && found.get(0) == 1
            && found.get(1) == shape.size0());
  }

  private static List<Long> pytorchShape(Shape shape) {
    long[] sizes = shape.sizes();
    return IntStream.iterate(sizes.length - 1, i -> i >= 0, i -> i - 1)
        .mapToObj(i -> sizes[i])
        .toList();
  }

  private void requireNothingUnused() throws CheckpointException {
    unused.removeIf(name -> name.endsWith(".rotary_emb.inv_freq"));
    if (!unused.isEmpty()) {
      throw new CheckpointException(
          checkpoint,
          "%s tensors have no place in this model, the first is %s: does the training yaml belong to this checkpoint?"
              .formatted(unused.size(), unused.iterator().next()));
    }
  }
}
