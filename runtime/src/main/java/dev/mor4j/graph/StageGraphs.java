package dev.mor4j.graph;

import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.ggml.TensorOps;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.Observers;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.weights.Weights;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;

/**
 * Builds the graph of each stage for one model, K/V cache and residual stream. Confined to the
 * engine's thread.
 */
final class StageGraphs {
  /** Tensors of one layer, with a margin. */
  private static final int TENSORS_PER_LAYER = 64;

  /** Tensors of a stage outside of its layers, with a margin. */
  private static final int TENSORS_PER_STAGE = 128;

  private final MorConfig config;
  private final Weights weights;
  private final KvCache cache;
  private final ResidualStream stream;
  private final AttentionKernel kernel;
  private final TransformerBlock block;
  private final GatedUpdate gatedUpdate;
  private final HeadGraph head;
  private final RecursionPlan plan;
  private final StepGroups groups;
  private final LastLayer lastLayer;
  private final Observers observers;

  /**
   * @param stream where graphs keep hidden states from one stage to the next; borrowed
   */
  StageGraphs(ExecutionContext context, ResidualStream stream) {
    this.stream = stream;
    config = context.config();
    weights = context.weights();
    cache = context.cache();
    kernel = context.kernel();
    observers = context.observers();
    block = new TransformerBlock(new Attention(config.attention(), kernel));
    gatedUpdate = GatedUpdate.choose(weights.placement().ofStream());
    head = new HeadGraph(weights);
    plan = context.fullPlan();
    groups = context.stepGroups();
    lastLayer = context.lastLayer();
  }

  /** Maximum number of tensors of a graph. */
  int tensorCapacity() {
    int layers = plan.sharedRuns().stream().mapToInt(List::size).max().orElse(1);
    return TENSORS_PER_STAGE + TENSORS_PER_LAYER * Math.max(1, layers);
  }

  /** Builds a graph without memory. */
  @SuppressWarnings("MustBeClosedChecker") // the graph owns the arena
  StageGraph build(GraphShape shape) {
    GgmlContext context = GgmlContext.forGraph(tensorCapacity());
    Arena staging = Arena.ofConfined();
    try {
      GraphObservation observation = new GraphObservation(observers, staging);
      GraphBuilder graph = new GraphBuilder(context, staging, config, shape.rows(), observation);
      switch (shape.stage()) {
        case Stage.Prelude() -> prelude(graph, shape);
        case Stage.SharedBlock(int step, int depth) ->
            sharedBlock(graph, shape, step, runs(step, depth));
        case Stage.Coda() -> coda(graph, shape);
      }
      return new StageGraph(context, staging, graph, observation);
    } catch (RuntimeException failure) {
      staging.close();
      context.close();
      throw failure;
    }
  }

  private void prelude(GraphBuilder graph, GraphShape shape) {
    TensorOps ops = graph.ops();
    Tensor tokens = graph.intInput("tokens", shape.rows(), StageData::tokens);
    Tensor rows = graph.intInput("rows", shape.rows(), StageData::streamRows);
    Tensor embedded = graph.node("embedding", ops.getRows(weights.tokenEmbedding(), tokens));
    Tensor hidden = allRows(graph, shape, plan.prelude(), embedded); // F32 [embd, rows]
    graph.expand(ops.setRows(stream.hidden(), hidden, rows));
    if (config.routing().kind() == RoutingKind.TOKEN_CHOICE) {
      graph.expand(ops.setRows(stream.carried(), hidden, rows));
    }
    routers(graph, 0, hidden);
  }

  private void sharedBlock(GraphBuilder graph, GraphShape shape, int step, List<LayerRun> runs) {
    TensorOps ops = graph.ops();
    Tensor rows = graph.intInput("rows", shape.rows(), StageData::streamRows);
    boolean carries = config.routing().kind() == RoutingKind.TOKEN_CHOICE;
    graph.enterStep(step);
    Tensor entering = // F32 [embd, rows]
        graph.node("step_in", ops.getRows(carries ? stream.carried() : stream.hidden(), rows));
    if (lastLayer.narrows(shape)) {
      outputRows(graph, shape, runs, entering)
          .ifPresent(
              wanted ->
                  graph.expand(
                      ops.setRows(stream.hidden(), wanted, outputStreamRows(graph, shape))));
      return;
    }
    Tensor updated = allRows(graph, shape, runs, entering); // F32 [embd, rows]
    if (!config.routing().isRouted()) {
      graph.expand(ops.setRows(stream.hidden(), updated, rows));
      return;
    }
    Tensor gates = graph.floatInput("gates", shape.rows(), StageData::gates);
    Tensor after = gatedUpdate.apply(ops, stream.hidden(), updated, rows, gates);
    graph.expand(after);
    if (carries) {
      graph.expand(ops.setRows(stream.carried(), updated, rows));
    } else {
      graph.enterStep(step);
      nextRouters(graph, step, graph.node("step_out", ops.getRows(after, rows)));
    }
  }

  /** The routers of the next step of each step of the group. */
  private void nextRouters(GraphBuilder graph, int group, Tensor hidden) {
    for (int step : groups.members(group)) {
      if (step + 1 < config.recursionCount()) {
        routers(graph, step + 1, hidden);
      }
    }
  }

  private List<LayerRun> runs(int step, int depth) {
    return RecursionPlan.of(config.recursion(), depth).sharedRuns().get(step);
  }

  /** Without a layer of its own, the coda takes only the rows whose outputs are wanted. */
  private void coda(GraphBuilder graph, GraphShape shape) {
    TensorOps ops = graph.ops();
    Tensor rows = graph.intInput("rows", shape.rows(), StageData::streamRows);
    if (plan.coda().isEmpty()) {
      graph.enterHead(shape.outputs());
    }
    Tensor entering = graph.node("coda_in", ops.getRows(stream.hidden(), rows)); // F32 [embd, rows]
    if (plan.coda().isEmpty()) {
      head.add(graph, shape, entering);
      return;
    }
    if (lastLayer.narrows(shape)) {
      outputRows(graph, shape, plan.coda(), entering)
          .ifPresent(wanted -> head.add(graph, shape, wanted));
      return;
    }
    Tensor hidden = allRows(graph, shape, plan.coda(), entering); // F32 [embd, rows]
    if (shape.outputs() == 0) {
      graph.expand(hidden);
      return;
    }
    Tensor outputs = graph.intInput("outputs", shape.outputs(), StageData::outputs);
    head.add(graph, shape, ops.getRows(hidden, outputs));
  }

  /** Runs all layers for all rows. */
  private Tensor allRows(
      GraphBuilder graph, GraphShape shape, List<LayerRun> runs, Tensor entering) {
    if (runs.isEmpty()) {
      return entering;
    }
    AttentionInputs inputs = inputs(graph, shape, runs);
    return layers(graph, shape, runs, entering, inputs);
  }

  /**
   * Runs all layers for all rows, but in the last one the rows whose outputs are not wanted only
   * store keys and values: nothing would read their hidden states.
   *
   * @return F32 [embd, outputs]; empty if no outputs are wanted
   */
  private Optional<Tensor> outputRows(
      GraphBuilder graph, GraphShape shape, List<LayerRun> runs, Tensor entering) {
    AttentionInputs inputs = inputs(graph, shape, runs);
    Tensor hidden = layers(graph, shape, runs.subList(0, runs.size() - 1), entering, inputs);
    LayerRun last = runs.getLast();
    if (shape.outputs() == 0) {
      block.store(graph, last, weights.block(last), hidden, access(last), inputs);
      return Optional.empty();
    }
    QueryRows outputs = QueryRows.outputs(graph, kernel, shape);
    return Optional.of(
        block.forward(graph, last, weights.block(last), hidden, access(last), inputs, outputs));
  }

  private Tensor outputStreamRows(GraphBuilder graph, GraphShape shape) {
    return graph.intInput(
        "output_rows",
        shape.outputs(),
        data -> QueryRows.selected(data.streamRows(), data.outputs(), shape.outputs()));
  }

  private Tensor layers(
      GraphBuilder graph,
      GraphShape shape,
      List<LayerRun> runs,
      Tensor entering,
      AttentionInputs inputs) {
    if (runs.isEmpty()) {
      return entering; // an input that no operation reads would get no memory
    }
    QueryRows all = QueryRows.all(graph, kernel, shape, inputs.positions());
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

  /**
   * Adds the routers that decide about a step, if the model has any.
   *
   * @param hidden F32 [embd, rows]
   */
  private void routers(GraphBuilder graph, int step, Tensor hidden) {
    float temperature = config.routing().temperature();
    graph.enterStep(step);
    weights
        .router(step)
        .ifPresent(
            router ->
                graph.output(
                    NodeNames.routerLogits(step),
                    RouterGraph.logits(graph, "router", router, hidden, temperature)));
    weights
        .auxiliaryRouter(step)
        .ifPresent(
            router ->
                graph.output(
                    NodeNames.auxiliaryLogits(step),
                    RouterGraph.logits(graph, "router_aux", router, hidden, 1)));
  }
}
