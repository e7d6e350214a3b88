package dev.mor4j.forward;

import dev.mor4j.batch.BatchLimits;
import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Output;
import dev.mor4j.batch.StageWork;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GraphStatus;
import dev.mor4j.graph.AttentionKernel;
import dev.mor4j.graph.ExecutionContext;
import dev.mor4j.graph.GraphShape;
import dev.mor4j.graph.LastLayer;
import dev.mor4j.graph.Stage;
import dev.mor4j.graph.StageRunner;
import dev.mor4j.graph.StageTimes;
import dev.mor4j.graph.StepGroups;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.placement.Fallback;
import dev.mor4j.routing.Router;
import dev.mor4j.routing.RouterLogits;
import dev.mor4j.routing.RoutingDecision;
import dev.mor4j.routing.RowRange;
import dev.mor4j.weights.RowPadding;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes chunks through prelude, passes and coda. After each pass the router decides who goes on;
 * rows that stop cost nothing further and leave no keys or values behind. Engine thread.
 */
public final class ForwardPass implements StageWork, AutoCloseable {
  private static final int[] NO_ROWS = {};
  private static final int[] FIRST_ROW = {0};
  private static final float[] NO_GATES = {};

  private final MorConfig config;
  private final KvCache cache;
  private final AttentionKernel kernel;
  private final StageRunner runner;

  private final Layers prelude;

  /** By most steps, from 0: those of requests that limit their depth, and all; then by pass. */
  private final List<List<Layers>> passes;

  private final Layers coda;

  /** Router logits of a row. */
  private final int routerWidth;

  private final StepGroups groups;
  private final LastLayer lastLayer;
  private final RowPadding padding;
  private final FreeRows freeRows;
  private final StageRows stageRows;
  private final float[] routerBias;
  private final Map<Chunk, Travel> travels = new HashMap<>();

  /** Those whose results can be read: they took the last coda. */
  private final Map<Chunk, Travel> finished = new HashMap<>();

  private final ForwardCounts counts;

  /** A chunk's rows on their way. */
  private static final class Travel {
    final Router router;
    final int[] streamRows;

    /** Rows that took the last pass because their router kept them, ascending. */
    int[] kept = NO_ROWS;

    /** Where the chunk's outputs begin among those of the last coda, in rows. */
    int firstOutput;

    Travel(Router router, int[] streamRows) {
      this.router = router;
      this.streamRows = streamRows;
    }
  }

  /**
   * What a stage runs.
   *
   * @param place where the first layer finds keys and values, as to slots the same for all; null
   *     without layers
   */
  private record Layers(Stage stage, KvLayout.@Nullable Place place) {

    static Layers of(Stage stage, List<LayerRun> runs, KvLayout layout) {
      return new Layers(stage, runs.isEmpty() ? null : layout.place(runs.getFirst()));
    }
  }

  /**
   * A forward pass without graphs.
   *
   * @param padding numbers of rows that batches are padded to
   * @throws dev.mor4j.ggml.GgmlException if the device has no memory for the residual stream
   */
  public ForwardPass(ExecutionContext context, BatchLimits limits, RowPadding padding) {
    this.padding = padding;
    config = context.config();
    cache = context.cache();
    kernel = context.kernel();
    routerBias = context.weights().routerBias();
    KvLayout layout = cache.layout();
    RecursionPlan fullPlan = context.fullPlan();
    prelude = Layers.of(Stage.PRELUDE, fullPlan.prelude(), layout);
    passes =
        IntStream.rangeClosed(0, config.recursionCount())
            .mapToObj(depth -> passes(RecursionPlan.of(config.recursion(), depth), depth, layout))
            .toList();
    coda = Layers.of(Stage.CODA, fullPlan.coda(), layout);
    routerWidth = config.routing().kind() == RoutingKind.TOKEN_CHOICE ? config.recursionCount() : 1;
    groups = context.stepGroups();
    lastLayer = context.lastLayer();
    // a chunk is on its way for as many turns as there are passes
    int passCount = Math.max(1, fullPlan.passes().size());
    int paddingRow = passCount * limits.prefillRows() + limits.sequences();
    freeRows = new FreeRows(paddingRow);
    stageRows = new StageRows(paddingRow);
    runner = new StageRunner(context, paddingRow + 1);
    counts = new ForwardCounts(passCount);
  }

  private static List<Layers> passes(RecursionPlan plan, int depth, KvLayout layout) {
    return IntStream.range(0, plan.passes().size())
        .mapToObj(
            pass -> Layers.of(new Stage.SharedBlock(pass, depth), plan.passes().get(pass), layout))
        .toList();
  }

  @Override
  public boolean prelude(List<Chunk> chunks) {
    StageRows rows = rowsOf(chunks);
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      Router router =
          Router.forBatch(
              config,
              chunk.sequence().mode(),
              new RowRange(chunk.firstPosition(), chunk.rowCount()),
              routerBias);
      Travel travel = new Travel(router, freeRows.take(chunk.rowCount()));
      travels.put(chunk, travel);
      rows.add(chunk, 0, allRows(chunk), travel.streamRows, NO_GATES);
    }
    if (!run(prelude, rows, 0)) {
      return false;
    }
    RouterLogits logits = runner.routerLogits(Stage.PRELUDE, 0);
    int offset = 0;
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      int[] all = allRows(chunk);
      decide(chunk, 0, all, logits.ofRows(offset, all, all, routerWidth));
      offset += chunk.rowCount();
    }
    return true;
  }

  @Override
  public boolean pass(List<Chunk> chunks) {
    Layers first = layersOf(chunks.getFirst());
    if (areAllOf(first, chunks)) {
      return pass(first, chunks);
    }
    Map<Layers, List<Chunk>> together = new LinkedHashMap<>();
    for (Chunk chunk : chunks) {
      together.computeIfAbsent(layersOf(chunk), key -> new ArrayList<>()).add(chunk);
    }
    for (Map.Entry<Layers, List<Chunk>> entry : together.entrySet()) {
      if (!pass(entry.getKey(), entry.getValue())) {
        return false;
      }
    }
    return true;
  }

  /** Passes that run as one are those of a group, in plans of the same depth. */
  private Layers layersOf(Chunk chunk) {
    List<Layers> ofPlan = passes.get(planDepth(chunk.sequence().mode()));
    return ofPlan.get(groups.groupOf(chunk.nextPass()));
  }

  private boolean areAllOf(Layers layers, List<Chunk> chunks) {
    for (int i = 1; i < chunks.size(); i++) {
      if (!layersOf(chunks.get(i)).equals(layers)) {
        return false;
      }
    }
    return true;
  }

  private boolean pass(Layers layers, List<Chunk> chunks) {
    int rowCount = 0;
    for (int i = 0; i < chunks.size(); i++) {
      rowCount += chunks.get(i).rows().length;
    }
    StageRows rows = stageRows.cleared(rowCount, padding.padded(rowCount));
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      int step = cacheStep(chunk.nextPass());
      rows.add(chunk, step, chunk.rows(), travel(chunk).streamRows, chunk.gates());
      rows.countOnly(chunk.rows(), travel(chunk).kept);
      counts.add(chunk.nextPass(), chunk.rows().length);
      if (lastLayer == LastLayer.SHARED_BLOCK) {
        rows.wantOutputs(chunk);
      }
    }
    rows.padOutputs(padding.padded(rows.outputCount()));
    if (!run(layers, rows, 0)) {
      return false;
    }
    counts.pass();
    int offset = 0;
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      int next = chunk.nextPass() + 1;
      int[] sent = chunk.rows();
      int[] kept = travel(chunk).kept;
      if (next < passCount(chunk.sequence().mode()) && kept.length > 0) {
        RouterLogits logits = runner.routerLogits(layers.stage(), next);
        decide(chunk, next, kept, logits.ofRows(offset, sent, kept, routerWidth));
      } else {
        chunk.finish();
      }
      offset += sent.length;
    }
    return true;
  }

  @Override
  public boolean coda(List<Chunk> chunks) {
    StageRows rows = rowsOf(chunks);
    List<Chunk> headsFirst = headsFirst(chunks);
    int heads = 0;
    finished.clear();
    for (int i = 0; i < headsFirst.size(); i++) {
      Chunk chunk = headsFirst.get(i);
      Travel travel = travel(chunk);
      travel.firstOutput = rows.outputCount();
      rows.add(chunk, 0, allRows(chunk), travel.streamRows, NO_GATES);
      rows.wantOutputs(chunk);
      heads = chunk.sequence().output() == Output.LOGITS ? rows.outputCount() : heads;
      finished.put(chunk, travel);
    }
    counts.tokens(rows.count());
    rows.padOutputs(padding.padded(rows.outputCount()));
    return run(coda, rows, heads == 0 ? 0 : padding.padded(heads));
  }

  private static List<Chunk> headsFirst(List<Chunk> chunks) {
    for (int i = 0; i < chunks.size(); i++) {
      if (chunks.get(i).sequence().output() != Output.LOGITS) {
        return chunks.stream()
            .sorted(Comparator.comparing(chunk -> chunk.sequence().output()))
            .toList();
      }
    }
    return chunks; // as nearly always
  }

  @Override
  public void forget(Chunk chunk) {
    Travel travel = travels.remove(chunk);
    if (travel != null) {
      freeRows.giveBack(travel.streamRows);
    }
  }

  /** Logits of the last coda, row after row; until the next one. */
  public float[] logits() {
    return runner.logits();
  }

  /** Logits of one row of the last coda, those of one at a time; until the next one. */
  public RowLogits logits(int row) {
    return new RowLogits(runner, row);
  }

  /**
   * Last hidden states, normalised, of all rows of the last coda whose outputs were wanted; until
   * the next one.
   */
  public float[] hidden() {
    return runner.hidden();
  }

  /** Where a chunk's outputs begin among those of the last coda, in rows. */
  public int firstOutput(Chunk chunk) {
    return result(chunk).firstOutput;
  }

  /**
   * Router scores by step and row of a chunk that took the last coda; NaN where none was evaluated.
   */
  public float[][] scores(Chunk chunk) {
    int steps = config.routing().isRouted() ? config.recursionCount() : 0;
    float[][] scores = new float[steps][];
    for (int step = 0; step < steps; step++) {
      scores[step] = result(chunk).router.scores(step);
    }
    return scores;
  }

  /** Operations that did not land on the device that they belong to. */
  public List<Fallback> fallbacks() {
    return runner.fallbacks();
  }

  /** Where the time went so far. */
  public StageTimes times() {
    return runner.times();
  }

  /** What was computed so far. */
  public ForwardCounts counts() {
    return counts;
  }

  /**
   * Sets aside memory for the largest batch at the longest context, so that none can fail later for
   * want of it.
   *
   * @param tokenCapacity tokens that the cache has room for
   */
  public void reserve(BatchLimits limits, int tokenCapacity) {
    largestShapes(limits, tokenCapacity).forEach(runner::reserve);
  }

  /** Bytes that {@link #reserve} takes, by device: nothing is allocated. */
  public Map<Device, Long> bytesToReserve(BatchLimits limits, int tokenCapacity) {
    Map<Device, Long> bytes = new HashMap<>();
    for (GraphShape shape : largestShapes(limits, tokenCapacity)) {
      runner.bytes(shape).forEach((device, size) -> bytes.merge(device, size, Long::sum));
    }
    return bytes;
  }

  /** The largest batch at the longest context in each stage. */
  private List<GraphShape> largestShapes(BatchLimits limits, int tokenCapacity) {
    List<GraphShape> shapes = new ArrayList<>();
    int rows = padding.padded(limits.mostRows());
    shapes.add(shape(prelude, rows, tokenCapacity, 0));
    for (int group : groups.groups()) {
      int outputs = lastLayer == LastLayer.SHARED_BLOCK ? rows : 0;
      shapes.add(shape(passes.getLast().get(group), rows, tokenCapacity, outputs));
    }
    shapes.add(shape(coda, rows, tokenCapacity, padding.padded(limits.sequences())));
    return shapes;
  }

  private GraphShape shape(Layers layers, int rows, int tokenCapacity, int outputs) {
    int window = 0;
    if (layers.place() != null) {
      int slotCount = cache.slots().slotCount(layers.place().region());
      long mostSeen = (long) tokenCapacity * passes.getLast().size();
      window = kernel.largestWindow(mostSeen, slotCount + 1);
    }
    int heads = layers.stage() instanceof Stage.Coda ? outputs : 0;
    return new GraphShape(layers.stage(), rows, window, outputs, heads);
  }

  private StageRows rowsOf(List<Chunk> chunks) {
    int rowCount = 0;
    for (int i = 0; i < chunks.size(); i++) {
      rowCount += chunks.get(i).rowCount();
    }
    return stageRows.cleared(rowCount, padding.padded(rowCount));
  }

  private Travel travel(Chunk chunk) {
    return found(travels, chunk);
  }

  private Travel result(Chunk chunk) {
    return found(finished, chunk);
  }

  private static Travel found(Map<Chunk, Travel> among, Chunk chunk) {
    Travel travel = among.get(chunk);
    if (travel == null) {
      throw new IllegalStateException("the chunk is not on its way");
    }
    return travel;
  }

  /** Not to be changed. */
  private static int[] allRows(Chunk chunk) {
    if (chunk.rowCount() == 1) {
      return FIRST_ROW; // as nearly always
    }
    int[] rows = new int[chunk.rowCount()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i;
    }
    return rows;
  }

  /** Passes that tokens of a mode can take. */
  private int passCount(RoutingMode mode) {
    return passes.get(mode.depthLimit()).size();
  }

  /** Passes of cycled layers are the same in plans of any depth, so they may share graphs. */
  private int planDepth(RoutingMode mode) {
    return config.recursion().sharing().repeatsEachLayer()
        ? mode.depthLimit()
        : config.recursionCount();
  }

  /** Steps that a pass stands for: all of them where each layer is repeated in place. */
  private int stepsOf(RoutingMode mode) {
    return config.recursion().sharing().repeatsEachLayer() ? mode.depthLimit() : 1;
  }

  private int cacheStep(int pass) {
    return Objects.requireNonNull(passes.getLast().get(pass).place()).step();
  }

  /** Asks the router who takes a pass, and sends them. */
  private void decide(Chunk chunk, int pass, int[] candidates, RouterLogits logits) {
    Travel travel = travel(chunk);
    RoutingDecision decision =
        pass < passCount(chunk.sequence().mode())
            ? travel.router.decide(pass, candidates, logits)
            : RoutingDecision.NO_ROWS;
    travel.kept = decision.rows();
    for (int row : decision.rows()) {
      chunk.addDepth(row, stepsOf(chunk.sequence().mode()));
    }
    RoutingDecision sent = runsAnyway(chunk, pass, decision);
    chunk.send(pass, sent.rows(), sent.gates());
  }

  /** Who runs a pass: under K/V sharing, step 0 runs everybody, with gate 0 for those dropped. */
  private RoutingDecision runsAnyway(Chunk chunk, int pass, RoutingDecision decision) {
    if (pass > 0 || !cache.layout().firstStepFeedsAll()) {
      return decision;
    }
    float[] gates = new float[chunk.rowCount()];
    for (int i = 0; i < decision.rows().length; i++) {
      gates[decision.rows()[i]] = decision.gates()[i];
    }
    return new RoutingDecision(allRows(chunk), gates);
  }

  private boolean run(Layers layers, StageRows rows, int heads) {
    int window = 0;
    if (layers.place() != null) {
      rows.enter(cache, layers.place());
      int slotCount = cache.slots().slotCount(layers.place().region());
      window = kernel.window(rows.visibleSlots(), slotCount + 1);
    } else if (layers.stage() instanceof Stage.Coda) {
      if (rows.outputCount() == 0) {
        return true; // neither a layer nor logits: nothing would be left of the work
      }
      rows.keepOutputs();
    }
    GraphShape shape =
        new GraphShape(layers.stage(), rows.paddedCount(), window, rows.outputCount(), heads);
    return runner.run(shape, rows) == GraphStatus.DONE;
  }

  @Override
  public void close() {
    runner.close();
  }
}
