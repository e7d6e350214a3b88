package dev.mor4j.graph;

import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
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
  private final PassGroups groups;
  private final @Nullable ActivationObserver observer;

  /**
   * @param observer of what enters the weight matrices, told on the thread that runs; null for none
   */
  StageGraphs(
      MorConfig config,
      Weights weights,
      KvCache cache,
      ResidualStream stream,
      AttentionKernel kernel,
      GatedUpdate gatedUpdate,
      PassGroups groups,
      @Nullable ActivationObserver observer) {
    this.config = config;
    this.weights = weights;
    this.cache = cache;
    this.stream = stream;
    this.kernel = kernel;
    this.block = new TransformerBlock(new Attention(config.attention(), kernel));
    this.gatedUpdate = gatedUpdate;
    this.observer = observer;
    this.plan = RecursionPlan.of(config.recursion(), config.recursionCount());
    this.groups = groups;
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
            case Stage.Pass(int pass, int depth) -> pass(graph, shape, pass, runs(pass, depth));
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
    Tensor hidden = layers(graph, shape, plan.prelude(), embedded); // F32 [embd, rows]
    graph.expand(ops.setRows(stream.hidden(), hidden, rows));
    if (config.routing().kind() == RoutingKind.TOKEN_CHOICE) {
      graph.expand(ops.setRows(stream.carried(), hidden, rows));
    }
    return routerResults(graph, 0, hidden);
  }

  private Map<String, Tensor> pass(
      GraphBuilder graph, GraphShape shape, int pass, List<LayerRun> runs) {
    TensorOps ops = graph.ops();
    Tensor rows = graph.intInput("rows", shape.rows(), StageData::streamRows);
    boolean carries = config.routing().kind() == RoutingKind.TOKEN_CHOICE;
    Tensor entering = ops.getRows(carries ? stream.carried() : stream.hidden(), rows);
    Tensor updated = layers(graph, shape, runs, entering); // F32 [embd, rows]
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
    return routersAfter(graph, pass, ops.getRows(after, rows));
  }

  /** Rows of every pass of the group want to know about their next step. */
  private Map<String, Tensor> routersAfter(GraphBuilder graph, int pass, Tensor hidden) {
    Map<String, Tensor> results = new HashMap<>();
    for (int member : groups.members(pass)) {
      if (member + 1 < config.recursionCount()) {
        results.putAll(routerResults(graph, member + 1, hidden));
      }
    }
    return results;
  }

  private List<LayerRun> runs(int pass, int depth) {
    return RecursionPlan.of(config.recursion(), depth).passes().get(pass);
  }

  private Map<String, Tensor> coda(GraphBuilder graph, GraphShape shape) {
    TensorOps ops = graph.ops();
    Tensor rows = graph.intInput("rows", shape.rows(), StageData::streamRows);
    Tensor entering = ops.getRows(stream.hidden(), rows); // F32 [embd, rows]
    Tensor hidden = layers(graph, shape, plan.coda(), entering); // F32 [embd, rows]
    if (shape.outputs() == 0) {
      graph.expand(hidden);
      return Map.of();
    }
    Tensor outputs = graph.intInput("outputs", shape.outputs(), StageData::outputs);
    Tensor wanted = ops.getRows(hidden, outputs); // F32 [embd, outputs]
    Tensor normed = graph.rmsNorm(wanted, weights.outputNorm()); // F32 [embd, outputs]
    graph.enterStep(0);
    Tensor logits = graph.project(weights.output(), normed); // F32 [vocabulary, outputs]
    return Map.of(StageGraph.LOGITS, graph.output(logits, StageGraph.LOGITS));
  }

  private Tensor layers(
      GraphBuilder graph, GraphShape shape, List<LayerRun> runs, Tensor entering) {
    if (runs.isEmpty()) {
      return entering;
    }
    boolean writes = runs.stream().anyMatch(run -> cache.layout().place(run).writes());
    AttentionInputs inputs = AttentionInputs.create(graph, kernel, shape, writes);
    Tensor hidden = entering;
    for (LayerRun run : runs) {
      KvLayout.Place place = cache.layout().place(run);
      CacheAccess access = new CacheAccess(cache.tensors(place), place.writes());
      hidden = block.forward(graph, run, weights.block(run), hidden, access, inputs);
    }
    return hidden;
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
