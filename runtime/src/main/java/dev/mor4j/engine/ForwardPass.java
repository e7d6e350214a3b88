package dev.mor4j.engine;

import dev.mor4j.batch.BatchLimits;
import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Output;
import dev.mor4j.batch.StageWork;
import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GraphStatus;
import dev.mor4j.graph.AttentionKernel;
import dev.mor4j.graph.GraphShape;
import dev.mor4j.graph.LastLayer;
import dev.mor4j.graph.PassGroups;
import dev.mor4j.graph.Stage;
import dev.mor4j.graph.StageData;
import dev.mor4j.graph.StageRunner;
import dev.mor4j.graph.StageTimes;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvRows;
import dev.mor4j.kvcache.SlotView;
import dev.mor4j.model.ActivationObserver;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.routing.Router;
import dev.mor4j.routing.RouterLogits;
import dev.mor4j.routing.RoutingDecision;
import dev.mor4j.routing.RowRange;
import dev.mor4j.weights.SteadyRows;
import dev.mor4j.weights.Weights;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes chunks through prelude, passes and coda. After each pass the router decides who goes on;
 * rows that stop cost nothing further and leave no keys or values behind. Engine thread.
 */
final class ForwardPass implements StageWork, AutoCloseable {
  private static final int[] NO_INTS = {};
  private static final float[] NO_GATES = {};

  private final MorConfig config;
  private final Weights weights;
  private final KvCache cache;
  private final AttentionKernel kernel;
  private final StageRunner runner;

  /** Plans by most steps, from 0: those of requests that limit their depth, and the full one. */
  private final List<RecursionPlan> plans;

  private final RecursionPlan fullPlan;

  /** Router logits of a row. */
  private final int routerWidth;

  private final PassGroups groups;
  private final LastLayer lastLayer;
  private final SteadyRows steady;
  private final FreeRows freeRows;
  private final StageRows stageRows;
  private final SlotView view = new SlotView();
  private final Map<Chunk, Travel> travels = new HashMap<>();

  /** Those whose results can be read: they took the last coda. */
  private final Map<Chunk, Travel> finished = new HashMap<>();

  private final ForwardCounts counts;

  /** A chunk's rows on their way. */
  private static final class Travel {
    final Router router;
    final int[] streamRows;

    /** Rows that took the last pass because their router kept them, ascending. */
    int[] kept = NO_INTS;

    /** Where the chunk's outputs begin among those of the last coda, in rows. */
    int firstOutput;

    Travel(Router router, int[] streamRows) {
      this.router = router;
      this.streamRows = streamRows;
    }
  }

  /**
   * Rows whose last hidden states are wanted.
   *
   * @param rows indexes among the rows of a stage
   * @param heads how many of them, the first, want logits too
   */
  private record Outputs(int[] rows, int heads) {
    static final Outputs NONE = new Outputs(NO_INTS, 0);
  }

  /** Passes that run as one are those of a group, in plans of the same depth. */
  private static final Comparator<Stage.Pass> PASS_ORDER =
      Comparator.comparingInt(Stage.Pass::depth).thenComparingInt(Stage.Pass::pass);

  /**
   * @param steady numbers of rows that batches are padded to
   * @param backends the computing device first, the CPU last; borrowed
   * @param observer of what enters the weight matrices; null for none
   */
  ForwardPass(
      MorConfig config,
      Weights weights,
      KvCache cache,
      AttentionKernel kernel,
      List<Backend> backends,
      BatchLimits limits,
      SteadyRows steady,
      @Nullable ActivationObserver observer) {
    this.config = config;
    this.weights = weights;
    this.cache = cache;
    this.kernel = kernel;
    this.steady = steady;
    plans =
        IntStream.rangeClosed(0, config.recursionCount())
            .mapToObj(depth -> RecursionPlan.of(config.recursion(), depth))
            .toList();
    fullPlan = plans.getLast();
    routerWidth = config.routing().kind() == RoutingKind.TOKEN_CHOICE ? config.recursionCount() : 1;
    groups =
        observer == null
            ? PassGroups.of(fullPlan, weights, cache.layout())
            : PassGroups.separate(fullPlan);
    lastLayer = LastLayer.of(config, observer != null);
    // a chunk is on its way for as many turns as there are passes
    int passes = Math.max(1, fullPlan.passes().size());
    int paddingRow = passes * limits.prefillRows() + limits.sequences();
    freeRows = new FreeRows(paddingRow);
    stageRows = new StageRows(paddingRow);
    runner =
        new StageRunner(config, weights, cache, kernel, groups, backends, paddingRow + 1, observer);
    counts = new ForwardCounts(passes);
  }

  @Override
  public boolean prelude(List<Chunk> chunks) {
    StageRows rows = rowsOf(chunks);
    for (Chunk chunk : chunks) {
      Router router =
          Router.forBatch(
              config,
              chunk.sequence().mode(),
              new RowRange(chunk.firstPosition(), chunk.rowCount()),
              weights.routerBias());
      Travel travel = new Travel(router, freeRows.take(chunk.rowCount()));
      travels.put(chunk, travel);
      rows.add(chunk, 0, allRows(chunk), travel.streamRows, NO_GATES);
    }
    if (!run(Stage.PRELUDE, fullPlan.prelude(), rows, Outputs.NONE)) {
      return false;
    }
    RouterLogits logits = runner.routerLogits(Stage.PRELUDE, 0);
    int offset = 0;
    for (Chunk chunk : chunks) {
      int[] all = allRows(chunk);
      decide(chunk, 0, all, logits.ofRows(offset, all, all, routerWidth));
      offset += chunk.rowCount();
    }
    return true;
  }

  @Override
  public boolean pass(List<Chunk> chunks) {
    Stage.Pass first = passOf(chunks.getFirst());
    if (areAllOf(first, chunks)) {
      return pass(first, chunks);
    }
    Map<Stage.Pass, List<Chunk>> together = new TreeMap<>(PASS_ORDER);
    for (Chunk chunk : chunks) {
      together.computeIfAbsent(passOf(chunk), key -> new ArrayList<>()).add(chunk);
    }
    for (Map.Entry<Stage.Pass, List<Chunk>> entry : together.entrySet()) {
      if (!pass(entry.getKey(), entry.getValue())) {
        return false;
      }
    }
    return true;
  }

  private Stage.Pass passOf(Chunk chunk) {
    return new Stage.Pass(groups.groupOf(chunk.nextPass()), planDepth(chunk.sequence().mode()));
  }

  private boolean areAllOf(Stage.Pass pass, List<Chunk> chunks) {
    for (int i = 1; i < chunks.size(); i++) {
      if (!passOf(chunks.get(i)).equals(pass)) {
        return false;
      }
    }
    return true;
  }

  private boolean pass(Stage.Pass stage, List<Chunk> chunks) {
    int rowCount = 0;
    for (int i = 0; i < chunks.size(); i++) {
      rowCount += chunks.get(i).rows().length;
    }
    StageRows rows = stageRows.cleared(rowCount, steady.padded(rowCount));
    for (Chunk chunk : chunks) {
      int step = cacheStep(chunk.nextPass());
      rows.add(chunk, step, chunk.rows(), travel(chunk).streamRows, chunk.gates());
      rows.countOnly(chunk.rows(), travel(chunk).kept);
      counts.add(chunk.nextPass(), chunk.rows().length);
    }
    List<LayerRun> runs = plans.get(stage.depth()).passes().get(stage.pass());
    Outputs outputs = lastLayer == LastLayer.PASS ? new Outputs(outputs(chunks), 0) : Outputs.NONE;
    if (!run(stage, runs, rows, outputs)) {
      return false;
    }
    counts.pass();
    int offset = 0;
    for (Chunk chunk : chunks) {
      int next = chunk.nextPass() + 1;
      int[] sent = chunk.rows();
      int[] kept = travel(chunk).kept;
      if (next < passCount(chunk.sequence().mode()) && kept.length > 0) {
        RouterLogits logits = runner.routerLogits(stage, next);
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
    int outputCount = 0;
    int headCount = 0;
    for (Chunk chunk : headsFirst) {
      rows.add(chunk, 0, allRows(chunk), travel(chunk).streamRows, NO_GATES);
      travel(chunk).firstOutput = outputCount;
      outputCount += chunk.outputs().length;
      headCount += chunk.sequence().output() == Output.LOGITS ? chunk.outputs().length : 0;
    }
    finished.clear();
    chunks.forEach(chunk -> finished.put(chunk, travel(chunk)));
    counts.tokens(rows.count());
    int heads = headCount == 0 ? 0 : steady.padded(headCount);
    return run(Stage.CODA, fullPlan.coda(), rows, new Outputs(outputs(headsFirst), heads));
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

  /** Indexes of the rows whose outputs are wanted, where all rows of all chunks are together. */
  private int[] outputs(List<Chunk> chunks) {
    int total = 0;
    for (int i = 0; i < chunks.size(); i++) {
      total += chunks.get(i).outputs().length;
    }
    int[] wanted = new int[total];
    int count = 0;
    int offset = 0;
    for (Chunk chunk : chunks) {
      for (int row : chunk.outputs()) {
        wanted[count++] = offset + row;
      }
      offset += chunk.rowCount();
    }
    if (count == 0 || steady.padded(count) == count) {
      return wanted;
    }
    int[] padded = Arrays.copyOf(wanted, steady.padded(count));
    Arrays.fill(padded, count, padded.length, wanted[count - 1]);
    return padded;
  }

  @Override
  public void forget(Chunk chunk) {
    Travel travel = travels.remove(chunk);
    if (travel != null) {
      freeRows.giveBack(travel.streamRows);
    }
  }

  /** Logits of the last coda, row after row; until the next one. */
  float[] logits() {
    return runner.logits();
  }

  /**
   * Last hidden states, normalised, of all rows of the last coda whose outputs were wanted; until
   * the next one.
   */
  float[] hidden() {
    return runner.hidden();
  }

  /** Where a chunk's outputs begin among those of the last coda, in rows. */
  int firstOutput(Chunk chunk) {
    return result(chunk).firstOutput;
  }

  /**
   * Router scores by step and row of a chunk that took the last coda; NaN where none was evaluated.
   */
  float[][] scores(Chunk chunk) {
    int steps = config.routing().isRouted() ? config.recursionCount() : 0;
    float[][] scores = new float[steps][];
    for (int step = 0; step < steps; step++) {
      scores[step] = result(chunk).router.scores(step);
    }
    return scores;
  }

  /** Where the time went so far. */
  StageTimes times() {
    return runner.times();
  }

  /** What was computed so far. */
  ForwardCounts counts() {
    return counts;
  }

  /**
   * Sets aside memory for the largest batch at the longest context, so that none can fail later for
   * want of it.
   *
   * @param tokenCapacity tokens that the cache has room for
   */
  void reserve(BatchLimits limits, int tokenCapacity) {
    largestShapes(limits, tokenCapacity).forEach(runner::reserve);
  }

  /** Bytes that {@link #reserve} takes, by device: nothing is allocated. */
  Map<Device, Long> bytesToReserve(BatchLimits limits, int tokenCapacity) {
    Map<Device, Long> bytes = new HashMap<>();
    for (GraphShape shape : largestShapes(limits, tokenCapacity)) {
      runner.bytes(shape).forEach((device, size) -> bytes.merge(device, size, Long::sum));
    }
    return bytes;
  }

  /** The largest batch at the longest context in each stage. */
  private List<GraphShape> largestShapes(BatchLimits limits, int tokenCapacity) {
    List<GraphShape> shapes = new ArrayList<>();
    int rows = steady.padded(limits.mostRows());
    shapes.add(shape(Stage.PRELUDE, fullPlan.prelude(), rows, tokenCapacity, 0));
    for (int group : groups.groups()) {
      Stage stage = new Stage.Pass(group, config.recursionCount());
      int outputs = lastLayer == LastLayer.PASS ? rows : 0;
      shapes.add(shape(stage, fullPlan.passes().get(group), rows, tokenCapacity, outputs));
    }
    int outputs = steady.padded(limits.sequences());
    shapes.add(shape(Stage.CODA, fullPlan.coda(), rows, tokenCapacity, outputs));
    return shapes;
  }

  private GraphShape shape(
      Stage stage, List<LayerRun> runs, int rows, int tokenCapacity, int outputs) {
    int window = 0;
    if (!runs.isEmpty()) {
      int slotCount = cache.slots().slotCount(cache.layout().place(runs.getFirst()).region());
      window = kernel.largestWindow((long) tokenCapacity * fullPlan.passes().size(), slotCount + 1);
    }
    int heads = stage instanceof Stage.Coda ? outputs : 0;
    return new GraphShape(stage, rows, window, outputs, heads);
  }

  private StageRows rowsOf(List<Chunk> chunks) {
    int rowCount = 0;
    for (int i = 0; i < chunks.size(); i++) {
      rowCount += chunks.get(i).rowCount();
    }
    return stageRows.cleared(rowCount, steady.padded(rowCount));
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

  private static int[] allRows(Chunk chunk) {
    int[] rows = new int[chunk.rowCount()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i;
    }
    return rows;
  }

  /** Passes that tokens of a mode can take. */
  private int passCount(RoutingMode mode) {
    return plans.get(mode.depthLimit()).passes().size();
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
    return cache.layout().place(fullPlan.passes().get(pass).getFirst()).step();
  }

  /** Asks the router who takes a pass, and sends them. */
  private void decide(Chunk chunk, int pass, int[] candidates, RouterLogits logits) {
    Travel travel = travel(chunk);
    RoutingDecision decision =
        pass < passCount(chunk.sequence().mode())
            ? travel.router.decide(pass, candidates, logits)
            : new RoutingDecision(NO_INTS, NO_GATES);
    travel.kept = decision.rows();
    for (int row : decision.rows()) {
      chunk.depths()[row] += stepsOf(chunk.sequence().mode());
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

  private boolean run(Stage stage, List<LayerRun> runs, StageRows rows, Outputs wanted) {
    int[] outputs = wanted.rows();
    int[] tokens = stage instanceof Stage.Prelude ? rows.tokens() : NO_INTS;
    if (runs.isEmpty()) {
      if (stage instanceof Stage.Coda && outputs.length == 0) {
        return true; // neither a layer nor logits: nothing would be left of the work
      }
      int[] streamRows =
          stage instanceof Stage.Coda ? streamRows(rows, outputs) : rows.streamRows();
      StageData data =
          new StageData(
              tokens,
              streamRows,
              NO_INTS,
              NO_INTS,
              SlotView.none(),
              rows.gates(),
              rows.counted(),
              outputs);
      return ran(new GraphShape(stage, streamRows.length, 0, outputs.length, wanted.heads()), data);
    }
    KvLayout.Place place = cache.layout().place(runs.getFirst());
    int region = place.region();
    KvRows kvRows = rows.kvRows();
    int[] slots = place.writes() ? takeSlots(region, kvRows, rows.paddedCount()) : NO_INTS;
    cache.slots().look(region, kvRows, view);
    int window = kernel.window(view, cache.slots().slotCount(region) + 1);
    StageData data =
        new StageData(
            tokens,
            rows.streamRows(),
            rows.positions(),
            slots,
            view,
            rows.gates(),
            rows.counted(),
            outputs);
    return ran(
        new GraphShape(stage, rows.paddedCount(), window, outputs.length, wanted.heads()), data);
  }

  private static int[] streamRows(StageRows rows, int[] selected) {
    int[] streamRows = new int[selected.length];
    for (int i = 0; i < selected.length; i++) {
      streamRows[i] = rows.streamRows()[selected[i]];
    }
    return streamRows;
  }

  private int[] takeSlots(int region, KvRows rows, int paddedCount) {
    int count = rows.count();
    int[] slots =
        cache
            .slots()
            .plan(region, count)
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        "no room for %d tokens in the K/V cache".formatted(count)));
    cache.commit(region, rows, slots);
    if (count == paddedCount) {
      return slots;
    }
    int[] padded = Arrays.copyOf(slots, paddedCount);
    Arrays.fill(padded, count, paddedCount, cache.paddingSlot(region));
    return padded;
  }

  private boolean ran(GraphShape shape, StageData data) {
    return runner.run(shape, data) == GraphStatus.DONE;
  }

  @Override
  public void close() {
    runner.close();
  }
}
