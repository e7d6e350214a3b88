package dev.mor4j.graph;

import dev.mor4j.ggml.FusedOps;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.ActivationObserver;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.weights.Weights;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Builds the graph of each stage for one model, cache and residual stream. One thread. */
final class StageGraphs {
  /** Tensors that one layer takes, inputs of the stage and a margin included. */
  private static final int TENSORS_PER_LAYER = 64;

  private static final int TENSORS_PER_STAGE = 128;

  private final MorConfig config;
  private final Weights weights;
  private final KvCache cache;
  private final ResidualStream stream;
  private final AttentionKernel kernel;
  private final TransformerBlock block;
  private final GatedUpdate gatedUpdate;
  private final RecursionPlan plan;
  private final StepGroups groups;
  private final LastLayer lastLayer;

  /** Whether the head's device runs our digests of logits. */
  private final boolean makesDigests;

  private final @Nullable ActivationObserver observer;

  /**
   * @param stream where graphs keep hidden states from one stage to the next; borrowed
   */
  StageGraphs(ExecutionContext context, ResidualStream stream) {
    this.stream = stream;
    config = context.config();
    weights = context.weights();
    cache = context.cache();
    kernel = context.kernel();
    observer = context.observer();
    block = new TransformerBlock(new Attention(config.attention(), kernel));
    gatedUpdate = GatedUpdate.choose(weights.placement().ofStream());
    plan = context.fullPlan();
    groups = context.stepGroups();
    lastLayer = context.lastLayer();
    makesDigests = makesDigests(weights);
  }

  private static boolean makesDigests(Weights weights) {
    long vocabulary = weights.output().shape().size1();
    if (!FusedOps.digestsLogits(vocabulary)) {
      return false;
    }
    try (GgmlContext trial = GgmlContext.forState(4)) {
      Tensor logits = trial.newTensor(TensorType.F32, Shape.of(vocabulary, 1), "logits");
      return weights.placement().ofHead().supports(trial.ops().fused().digestLogits(logits));
    }
  }

  /** Most tensors of any stage's graph. */
  int tensorCapacity() {
    int layers = plan.passes().stream().mapToInt(List::size).max().orElse(1);
    return TENSORS_PER_STAGE + TENSORS_PER_LAYER * Math.max(1, layers);
  }

  @SuppressWarnings("MustBeClosedChecker") // the graph owns the arena
  StageGraph build(GraphShape shape) {
    GgmlContext context = GgmlContext.forGraph(tensorCapacity());
    Arena staging = Arena.ofConfined();
    try {
      MatrixInputs observed = observer == null ? null : new MatrixInputs(observer, staging);
      GraphBuilder graph =
          new GraphBuilder(context, staging, config.attention().layerNormRmsEpsilon(), observed);
      Map<String, Tensor> results =
          switch (shape.stage()) {
            case Stage.Prelude() -> prelude(graph, shape);
            case Stage.SharedBlock(int step, int depth) ->
                sharedBlock(graph, shape, step, runs(step, depth));
            case Stage.Coda() -> coda(graph, shape);
          };
      return new StageGraph(context, staging, graph, results, observed);
    } catch (RuntimeException failure) {
      staging.close();
      context.close();
      throw failure;
    }
  }

  private Map<String, Tensor> prelude(GraphBuilder graph, GraphShape shape) {
    TensorOps ops = graph.ops();
    Tensor tokens = graph.intInput("tokens", shape.rows(), StageData::tokens);
    Tensor rows = graph.intInput("rows", shape.rows(), StageData::streamRows);
    Tensor embedded = ops.getRows(weights.tokenEmbedding(), tokens); // F32 [embd, rows]
    Tensor hidden = allRows(graph, shape, plan.prelude(), embedded); // F32 [embd, rows]
    graph.expand(ops.setRows(stream.hidden(), hidden, rows));
    if (config.routing().kind() == RoutingKind.TOKEN_CHOICE) {
      graph.expand(ops.setRows(stream.carried(), hidden, rows));
    }
    return routerResults(graph, 0, hidden);
  }

  private Map<String, Tensor> sharedBlock(
      GraphBuilder graph, GraphShape shape, int step, List<LayerRun> runs) {
    TensorOps ops = graph.ops();
    Tensor rows = graph.intInput("rows", shape.rows(), StageData::streamRows);
    boolean carries = config.routing().kind() == RoutingKind.TOKEN_CHOICE;
    Tensor entering = ops.getRows(carries ? stream.carried() : stream.hidden(), rows);
    if (lastLayer.narrows(shape)) {
      wantedRows(graph, shape, runs, entering)
          .ifPresent(
              wanted ->
                  graph.expand(ops.setRows(stream.hidden(), wanted, outputRows(graph, shape))));
      return Map.of();
    }
    Tensor updated = allRows(graph, shape, runs, entering); // F32 [embd, rows]
    if (!config.routing().isRouted()) {
      graph.expand(ops.setRows(stream.hidden(), updated, rows));
      return Map.of();
    }
    Tensor gates = graph.floatInput("gates", shape.rows(), StageData::gates);
    Tensor after = gatedUpdate.apply(ops, stream.hidden(), updated, rows, gates);
    graph.expand(after);
    if (carries) {
      graph.expand(ops.setRows(stream.carried(), updated, rows));
      return Map.of();
    }
    return routersAfter(graph, step, ops.getRows(after, rows));
  }

  /** The routers of the steps that follow those of a group. */
  private Map<String, Tensor> routersAfter(GraphBuilder graph, int step, Tensor hidden) {
    Map<String, Tensor> results = new HashMap<>();
    for (int member : groups.members(step)) {
      if (member + 1 < config.recursionCount()) {
        results.putAll(routerResults(graph, member + 1, hidden));
      }
    }
    return results;
  }

  private List<LayerRun> runs(int step, int depth) {
    return RecursionPlan.of(config.recursion(), depth).passes().get(step);
  }

  /** Without a layer of its own it takes the rows whose outputs are wanted, else all. */
  private Map<String, Tensor> coda(GraphBuilder graph, GraphShape shape) {
    TensorOps ops = graph.ops();
    Tensor rows = graph.intInput("rows", shape.rows(), StageData::streamRows);
    Tensor entering = ops.getRows(stream.hidden(), rows); // F32 [embd, rows]
    if (plan.coda().isEmpty()) {
      return head(graph, shape, entering);
    }
    if (lastLayer.narrows(shape)) {
      return wantedRows(graph, shape, plan.coda(), entering)
          .map(wanted -> head(graph, shape, wanted))
          .orElse(Map.of());
    }
    Tensor hidden = allRows(graph, shape, plan.coda(), entering); // F32 [embd, rows]
    if (shape.outputs() == 0) {
      graph.expand(hidden);
      return Map.of();
    }
    Tensor outputs = graph.intInput("outputs", shape.outputs(), StageData::outputs);
    return head(graph, shape, ops.getRows(hidden, outputs));
  }

  /**
   * Norm, and logits of those rows that want them.
   *
   * @param wanted F32 [embd, outputs]
   */
  private Map<String, Tensor> head(GraphBuilder graph, GraphShape shape, Tensor wanted) {
    Map<String, Tensor> results = new HashMap<>();
    Tensor normed = graph.rmsNorm(wanted, weights.outputNorm()); // F32 [embd, outputs]
    addOutput(results, graph, StageGraph.HIDDEN, normed);
    if (shape.heads() > 0) {
      Tensor asking = // F32 [embd, heads]
          shape.heads() == shape.outputs() ? normed : graph.ops().viewRows(normed, shape.heads());
      graph.enterStep(0);
      Tensor logits = graph.project(weights.output(), asking); // F32 [vocabulary, heads]
      addOutput(results, graph, StageGraph.LOGITS, logits);
      if (makesDigests) {
        addOutput(results, graph, StageGraph.DIGESTS, graph.ops().fused().digestLogits(logits));
      }
    }
    return results;
  }

  /** All layers for all rows. */
  private Tensor allRows(
      GraphBuilder graph, GraphShape shape, List<LayerRun> runs, Tensor entering) {
    if (runs.isEmpty()) {
      return entering;
    }
    AttentionInputs inputs = inputs(graph, shape, runs);
    return layers(graph, shape, runs, entering, inputs);
  }

  /**
   * All layers, but of the last one only keys and values where a row's logits are not wanted:
   * nobody would read the rest.
   *
   * @return F32 [embd, outputs]; empty if no row is wanted
   */
  private Optional<Tensor> wantedRows(
      GraphBuilder graph, GraphShape shape, List<LayerRun> runs, Tensor entering) {
    AttentionInputs inputs = inputs(graph, shape, runs);
    Tensor hidden = layers(graph, shape, runs.subList(0, runs.size() - 1), entering, inputs);
    LayerRun last = runs.getLast();
    if (shape.outputs() == 0) {
      block.store(graph, last, weights.block(last), hidden, access(last), inputs);
      return Optional.empty();
    }
    Look wanted = Look.ofOutputs(graph, kernel, shape);
    return Optional.of(
        block.forward(graph, last, weights.block(last), hidden, access(last), inputs, wanted));
  }

  private Tensor outputRows(GraphBuilder graph, GraphShape shape) {
    return graph.intInput(
        "output_rows",
        shape.outputs(),
        data -> Look.selected(data.streamRows(), data.outputs(), shape.outputs()));
  }

  private Tensor layers(
      GraphBuilder graph,
      GraphShape shape,
      List<LayerRun> runs,
      Tensor entering,
      AttentionInputs inputs) {
    if (runs.isEmpty()) {
      return entering; // nobody looks: an input for it would have no place in the graph
    }
    Look all = Look.ofAll(graph, kernel, shape, inputs.positions());
    Tensor hidden = entering;
    for (LayerRun run : runs) {
      hidden = block.forward(graph, run, weights.block(run), hidden, access(run), inputs, all);
    }
    return hidden;
  }

  private AttentionInputs inputs(GraphBuilder graph, GraphShape shape, List<LayerRun> runs) {
    boolean writes = runs.stream().anyMatch(run -> access(run).writes());
    return new AttentionInputs(
        graph.intInput("positions", shape.rows(), StageData::positions),
        writes ? graph.intInput("slots", shape.rows(), StageData::slots) : null);
  }

  private CacheAccess access(LayerRun run) {
    KvLayout.Place place = cache.layout().place(run);
    return new CacheAccess(cache.tensors(place), place.writes());
  }

  /** Logits of the routers that are asked before {@code step}; none in models without. */
  private Map<String, Tensor> routerResults(GraphBuilder graph, int step, Tensor hidden) {
    Map<String, Tensor> results = new HashMap<>();
    weights
        .router(step)
        .ifPresent(
            router -> {
              Tensor logits =
                  RouterGraph.logits(graph.ops(), router, hidden, config.routing().temperature());
              addOutput(results, graph, StageGraph.routerLogits(step), logits);
            });
    weights
        .auxiliaryRouter(step)
        .ifPresent(
            router -> {
              Tensor logits = RouterGraph.logits(graph.ops(), router, hidden, 1);
              addOutput(results, graph, StageGraph.auxiliaryLogits(step), logits);
            });
    return results;
  }

  private static void addOutput(
      Map<String, Tensor> results, GraphBuilder graph, String name, Tensor tensor) {
    results.put(name, graph.output(tensor, name));
  }
}
