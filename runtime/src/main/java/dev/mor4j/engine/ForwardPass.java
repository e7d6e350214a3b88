package dev.mor4j.engine;

import dev.mor4j.batch.Batch;
import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.GraphStatus;
import dev.mor4j.graph.GraphShape;
import dev.mor4j.graph.Stage;
import dev.mor4j.graph.StageData;
import dev.mor4j.graph.StageRunner;
import dev.mor4j.kvcache.CacheRows;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.kvcache.SlotPlan;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.routing.Router;
import dev.mor4j.routing.RouterLogits;
import dev.mor4j.routing.RoutingDecision;
import dev.mor4j.weights.Weights;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Takes a batch through prelude, recursion steps and coda. Between two steps the router decides who
 * goes on; rows that stop cost nothing further and leave no keys or values behind. Engine thread.
 */
final class ForwardPass implements AutoCloseable {
  /** Attention windows grow in these steps, so that a decoding graph serves many tokens. */
  private static final int WINDOW_MULTIPLE = 256;

  private static final int[] NO_INTS = {};
  private static final short[] NO_MASK = {};
  private static final float[] NO_GATES = {};

  private final MorConfig config;
  private final Weights weights;
  private final KvCache cache;
  private final StageRunner runner;
  private final RecursionPlan fullPlan;

  ForwardPass(
      MorConfig config,
      Weights weights,
      KvCache cache,
      KvTypes types,
      List<Backend> backends,
      int rowCapacity) {
    this.config = config;
    this.weights = weights;
    this.cache = cache;
    fullPlan = RecursionPlan.of(config.recursion(), config.recursionCount());
    runner = new StageRunner(config, weights, cache, types, backends, rowCapacity);
  }

  /**
   * Runs one batch.
   *
   * @param batch rows of sequences that hold a lease of the cache; at most the row capacity
   * @param mode resolved for this model
   * @return empty if a cancel flag stopped it: its sequences are then of no further use
   */
  Optional<BatchResult> run(Batch batch, RoutingMode mode) {
    int rowCount = batch.rowCount();
    RecursionPlan plan = planOf(mode);
    int[] all = IntStream.range(0, rowCount).toArray();
    if (!runLayers(Stage.PRELUDE, plan.prelude(), batch, all, NO_GATES)) {
      return Optional.empty();
    }
    Router router = Router.forBatch(config, mode, rowCount, weights.routerBias());
    int[] depths = new int[rowCount];
    int[] candidates = all;
    RouterLogits logits = runner.routerLogits(Stage.PRELUDE);
    for (int pass = 0; pass < plan.passes().size() && candidates.length > 0; pass++) {
      RoutingDecision decision = router.decide(pass, candidates, logits);
      for (int row : decision.rows()) {
        depths[row] += stepsOf(plan.passes().get(pass));
      }
      RoutingDecision running = runsAnyway(pass, decision, all);
      if (running.isEmpty()) {
        break;
      }
      Stage stage = new Stage.Pass(pass, planDepth(mode));
      if (!runLayers(stage, plan.passes().get(pass), batch, running.rows(), running.gates())) {
        return Optional.empty();
      }
      logits = ofRows(runner.routerLogits(stage), running.rows(), decision.rows());
      candidates = decision.rows();
    }
    if (!runLayers(Stage.CODA, plan.coda(), batch, all, NO_GATES)) {
      return Optional.empty();
    }
    float[] outputLogits = batch.outputs().length == 0 ? new float[0] : runner.logits();
    return Optional.of(new BatchResult(outputLogits, depths, scores(router)));
  }

  /**
   * Sets aside memory for the largest batch at the longest context, so that none can fail later for
   * want of it.
   */
  void reserve(int rowCount, int outputs, int contextSize) {
    runner.reserve(shape(Stage.PRELUDE, fullPlan.prelude(), rowCount, contextSize, 0));
    for (int pass = 0; pass < fullPlan.passes().size(); pass++) {
      Stage stage = new Stage.Pass(pass, config.recursionCount());
      runner.reserve(shape(stage, fullPlan.passes().get(pass), rowCount, contextSize, 0));
    }
    runner.reserve(shape(Stage.CODA, fullPlan.coda(), rowCount, contextSize, outputs));
  }

  private RecursionPlan planOf(RoutingMode mode) {
    return mode.depthLimit() == config.recursionCount()
        ? fullPlan
        : RecursionPlan.of(config.recursion(), mode.depthLimit());
  }

  /** Passes of cycled layers are the same in plans of any depth, so they may share graphs. */
  private int planDepth(RoutingMode mode) {
    return config.recursion().sharing().repeatsEachLayer()
        ? mode.depthLimit()
        : config.recursionCount();
  }

  /** Steps that a pass stands for: all of them where each layer is repeated in place. */
  private static int stepsOf(List<LayerRun> pass) {
    return (int) pass.stream().mapToInt(LayerRun::step).distinct().count();
  }

  /** Who runs a pass: under K/V sharing, step 0 runs everybody, with gate 0 for those dropped. */
  private RoutingDecision runsAnyway(int pass, RoutingDecision decision, int[] all) {
    if (pass > 0 || !cache.layout().firstStepFeedsAll()) {
      return decision;
    }
    float[] gates = new float[all.length];
    for (int i = 0; i < decision.rows().length; i++) {
      gates[decision.rows()[i]] = decision.gates()[i];
    }
    return new RoutingDecision(all, gates);
  }

  /** Logits of those rows alone that may go on. */
  private static RouterLogits ofRows(RouterLogits logits, int[] running, int[] kept) {
    if (logits.main().length == 0 || running.length == kept.length) {
      return logits;
    }
    return new RouterLogits(
        pick(logits.main(), running, kept), pick(logits.auxiliary(), running, kept));
  }

  private static float[] pick(float[] values, int[] running, int[] kept) {
    if (values.length == 0) {
      return values;
    }
    float[] picked = new float[kept.length];
    int at = 0;
    for (int i = 0; i < kept.length; i++) {
      while (running[at] != kept[i]) {
        at++;
      }
      picked[i] = values[at];
    }
    return picked;
  }

  private boolean runLayers(
      Stage stage, List<LayerRun> runs, Batch batch, int[] rows, float[] gates) {
    boolean isCoda = stage instanceof Stage.Coda;
    int[] outputs = isCoda ? batch.outputs() : NO_INTS;
    int[] tokens = stage instanceof Stage.Prelude ? batch.tokens() : NO_INTS;
    if (runs.isEmpty()) {
      if (isCoda && outputs.length == 0) {
        return true; // neither a layer nor logits: nothing would be left of the work
      }
      StageData data = new StageData(tokens, rows, NO_INTS, NO_INTS, NO_MASK, gates, outputs);
      return ran(new GraphShape(stage, rows.length, 0, outputs.length), data);
    }
    CacheRows cacheRows =
        new CacheRows(
            select(batch.sequences(), rows),
            select(batch.positions(), rows),
            runs.getFirst().step());
    KvLayout.Place place = cache.layout().place(runs.getFirst());
    int[] slots = place.writes() ? takeSlots(place.region(), cacheRows) : NO_INTS;
    int window = cache.window(place.region(), WINDOW_MULTIPLE);
    StageData data =
        new StageData(
            tokens,
            rows,
            cacheRows.positions(),
            slots,
            cache.mask(place.region(), cacheRows, window),
            gates,
            outputs);
    return ran(new GraphShape(stage, rows.length, window, outputs.length), data);
  }

  private int[] takeSlots(int region, CacheRows rows) {
    SlotPlan slots =
        cache
            .plan(region, rows)
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "no room for %d tokens in the K/V cache".formatted(rows.count())));
    cache.commit(slots);
    return slots.slots();
  }

  private boolean ran(GraphShape shape, StageData data) {
    return runner.run(shape, data) == GraphStatus.DONE;
  }

  private GraphShape shape(
      Stage stage, List<LayerRun> runs, int rowCount, int window, int outputs) {
    return new GraphShape(stage, rowCount, runs.isEmpty() ? 0 : window, outputs);
  }

  private float[][] scores(Router router) {
    int steps = config.routing().isRouted() ? config.recursionCount() : 0;
    float[][] scores = new float[steps][];
    for (int step = 0; step < steps; step++) {
      scores[step] = router.scores(step);
    }
    return scores;
  }

  private static int[] select(int[] values, int[] rows) {
    int[] selected = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      selected[i] = values[rows[i]];
    }
    return selected;
  }

  @Override
  public void close() {
    runner.close();
  }
}
