package dev.mor4j.quantize;

import dev.mor4j.gguf.Shape;
import dev.mor4j.model.DecisionRule;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.RouterKind;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.TensorNames;
import dev.mor4j.model.TensorNames.BlockTensor;
import dev.mor4j.model.TensorNames.RouterRole;
import dev.mor4j.model.TensorNames.RouterTensor;
import dev.mor4j.quantize.LogicalTensor.Role;
import dev.mor4j.quantize.checkpoint.CheckpointException;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * Which tensors of a checkpoint stand for which tensors of the model: every expected one is there
 * with its shape, and none is left over.
 */
final class CheckpointLayout {
  private final Path checkpoint;
  private final MorConfig config;
  private final NameMapping mapping;
  private final Map<String, CheckpointTensor> tensors;
  private final Set<String> unused;
  private final List<LogicalTensor> logical = new ArrayList<>();

  private CheckpointLayout(
      Path checkpoint,
      MorConfig config,
      NameMapping mapping,
      Map<String, CheckpointTensor> tensors) {
    this.checkpoint = checkpoint;
    this.config = config;
    this.mapping = mapping;
    this.tensors = tensors;
    this.unused = new TreeSet<>(tensors.keySet());
  }

  /**
   * The model's tensors in the order of the GGUF file to be; {@link TensorNames#OUTPUT} is last if
   * the checkpoint has a head of its own.
   *
   * @throws CheckpointException naming the tensor that is missing, left over or of another shape
   */
  static List<LogicalTensor> of(
      Path checkpoint, MorConfig config, NameMapping mapping, Map<String, CheckpointTensor> tensors)
      throws CheckpointException {
    CheckpointLayout layout = new CheckpointLayout(checkpoint, config, mapping, tensors);
    layout.add();
    layout.requireNothingLeft();
    return List.copyOf(layout.logical);
  }

  private void add() throws CheckpointException {
    Shape vocabulary = Shape.of(config.embeddingLength(), config.vocabularySize());
    addSingle(
        "token_embd",
        TensorNames.TOKEN_EMBEDDING,
        "model.embed_tokens.weight",
        Role.MATRIX,
        vocabulary);
    for (Map.Entry<Integer, List<LayerRun>> block : runsByBlock().entrySet()) {
      for (BlockTensor tensor : BlockTensor.values()) {
        addBlockTensor(block.getKey(), block.getValue(), tensor);
      }
    }
    addSingle(
        "output_norm",
        TensorNames.OUTPUT_NORM,
        "model.norm.weight",
        Role.EXACT,
        Shape.of(config.embeddingLength()));
    addRouters();
    if (tensors.containsKey("lm_head.weight")) {
      addSingle("output", TensorNames.OUTPUT, "lm_head.weight", Role.MATRIX, vocabulary);
    }
  }

  private Map<Integer, List<LayerRun>> runsByBlock() {
    RecursionPlan plan = RecursionPlan.of(config.recursion(), config.recursionCount());
    Map<Integer, List<LayerRun>> blocks = new LinkedHashMap<>();
    List<LayerRun> all = new ArrayList<>(plan.prelude());
    plan.passes().forEach(all::addAll);
    all.addAll(plan.coda());
    for (LayerRun run : all) {
      blocks.computeIfAbsent(run.block(), block -> new ArrayList<>()).add(run);
    }
    return blocks;
  }

  private void addBlockTensor(int block, List<LayerRun> runs, BlockTensor tensor)
      throws CheckpointException {
    if (tensor == BlockTensor.RECURSION_ENCODING && !mapping.isEncoded(runs.get(runs.size() - 1))) {
      return;
    }
    List<CheckpointTensor> sources = new ArrayList<>();
    for (LayerRun run : runs) {
      sources.add(take(mapping.blockTensor(run, tensor), shape(tensor)));
    }
    List<String> stepNames =
        runs.size() == 1
            ? List.of()
            : runs.stream().map(run -> TensorNames.blockAtStep(block, run.step(), tensor)).toList();
    logical.add(
        new LogicalTensor(
            NameMapping.label(tensor),
            TensorNames.block(block, tensor),
            stepNames,
            List.copyOf(sources),
            shape(tensor).dimensionCount() > 1 ? Role.MATRIX : Role.EXACT,
            shape(tensor)));
  }

  private Shape shape(BlockTensor tensor) {
    int embedding = config.embeddingLength();
    int feedForward = config.feedForwardLength();
    int query = config.attention().queryLength();
    int kv = config.attention().kvLength();
    return switch (tensor) {
      case ATTN_NORM, FFN_NORM, RECURSION_ENCODING -> Shape.of(embedding);
      case ATTN_Q -> Shape.of(embedding, query);
      case ATTN_K, ATTN_V -> Shape.of(embedding, kv);
      case ATTN_OUTPUT -> Shape.of(query, embedding);
      case FFN_GATE, FFN_UP -> Shape.of(embedding, feedForward);
      case FFN_DOWN -> Shape.of(feedForward, embedding);
    };
  }

  private void addRouters() throws CheckpointException {
    switch (config.routing().kind()) {
      case NONE -> {}
      case EXPERT_CHOICE -> {
        for (RouterRole role : RouterRole.values()) {
          boolean present =
              role == RouterRole.MAIN || config.routing().decision() == DecisionRule.AUX_ROUTER;
          for (int step = 0; present && step < config.recursionCount(); step++) {
            addRouter(role, step, 1);
          }
        }
      }
      case TOKEN_CHOICE -> {
        addRouter(RouterRole.MAIN, 0, config.recursionCount());
        if (mapping.hasRouterBias()) {
          addSingle(
              "router",
              TensorNames.ROUTER_BIAS,
              mapping.routerBias(),
              Role.EXACT,
              Shape.of(config.recursionCount()));
        }
      }
    }
  }

  private void addRouter(RouterRole role, int step, int outputs) throws CheckpointException {
    int inputs = config.embeddingLength();
    Map<RouterTensor, Shape> parts =
        config.routing().router() == RouterKind.LINEAR
            ? Map.of(RouterTensor.LINEAR, Shape.of(inputs, outputs))
            : new LinkedHashMap<>(
                Map.of(
                    RouterTensor.UP, Shape.of(inputs, 2L * inputs),
                    RouterTensor.DOWN, Shape.of(2L * inputs, outputs)));
    for (RouterTensor part : RouterTensor.values()) {
      Shape shape = parts.get(part);
      if (shape != null) {
        String name =
            config.routing().kind() == RoutingKind.TOKEN_CHOICE
                ? TensorNames.tokenRouter(part)
                : TensorNames.stepRouter(role, step, part);
        addSingle("router", name, mapping.routerTensor(role, step, part), Role.EXACT, shape);
      }
    }
  }

  private void addSingle(String label, String name, String official, Role role, Shape shape)
      throws CheckpointException {
    logical.add(
        new LogicalTensor(label, name, List.of(), List.of(take(official, shape)), role, shape));
  }

  private CheckpointTensor take(String official, Shape shape) throws CheckpointException {
    CheckpointTensor tensor =
        Optional.ofNullable(tensors.get(official))
            .orElseThrow(
                () -> new CheckpointException(checkpoint, "tensor " + official + " is missing"));
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
    // A router with one output is [1, D] here and [D] in the file; both mean one row.
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

  private void requireNothingLeft() throws CheckpointException {
    unused.removeIf(name -> name.endsWith(".rotary_emb.inv_freq"));
    if (!unused.isEmpty()) {
      throw new CheckpointException(
          checkpoint,
          "%d tensors have no place in this model, the first is %s: does the training yaml belong to this checkpoint?"
              .formatted(unused.size(), unused.iterator().next()));
    }
  }
}
