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
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.placement.Fallback;
import dev.mor4j.routing.RouterLogits;
import dev.mor4j.weights.RowPadding;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The forward pass: runs prelude, shared block and coda for chunks. After each run of the shared
 * block the router decides which rows take the next recursion step. Rows that stop cost nothing
 * further, and have no keys and values at later steps. Confined to the engine's thread.
 */
public final class ForwardPass implements StageWork, AutoCloseable {
  private static final float[] NO_GATES = {};

  private final KvCache cache;
  private final AttentionKernel kernel;
  private final StagePlan plan;
  private final StepBatches stepBatches;
  private final LastLayer lastLayer;
  private final RowPadding padding;
  private final StepRouting routing;
  private final StreamRows streamRows;
  private final StageRows stageRows;
  private final LargestGraphs largestGraphs;
  private final StageRunner runner;
  private final CodaResults results;
  private final ForwardCounts counts;

  /**
   * A forward pass without graphs.
   *
   * @param padding numbers of rows that batches are padded to
   * @throws dev.mor4j.ggml.GgmlException if the device has no memory for the residual stream
   */
  public ForwardPass(ExecutionContext context, BatchLimits limits, RowPadding padding) {
    this.padding = padding;
    cache = context.cache();
    kernel = context.kernel();
    stepBatches = new StepBatches(context.stepGroups(), this::runSharedBlock);
    lastLayer = context.lastLayer();
    plan = new StagePlan(context.config(), cache.layout());
    routing =
        new StepRouting(
            context.config(), context.weights().routerBias(), cache.layout().firstStepFeedsAll());
    int runCount = plan.fullDepth().runCount();
    streamRows = StreamRows.of(limits, runCount);
    stageRows = new StageRows(streamRows.paddingRow());
    largestGraphs = new LargestGraphs(context, plan, padding);
    runner = new StageRunner(context, streamRows.rowCount());
    results = new CodaResults(context.config(), runner);
    counts = new ForwardCounts(runCount);
  }

  @Override
  public boolean prelude(List<Chunk> chunks) {
    StageRows rows = rowsOf(chunks);
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      ChunkState state =
          new ChunkState(
              routing.newRouter(chunk),
              plan.of(chunk.mode()),
              streamRows.allocate(chunk.rowCount()));
      chunk.attach(state);
      rows.add(chunk, 0, RowIndexes.all(chunk), state.streamRows(), NO_GATES);
    }
    if (!run(plan.prelude(), rows, 0)) {
      return false;
    }
    RouterLogits logits = runner.routerLogits(Stage.PRELUDE, 0);
    int offset = 0;
    for (int i = 0; i < chunks.size(); i++) {
      routing.decideFirst(chunks.get(i), logits, offset);
      offset += chunks.get(i).rowCount();
    }
    return true;
  }

  @Override
  public boolean sharedBlock(List<Chunk> chunks) {
    return stepBatches.runAll(chunks);
  }

  private boolean runSharedBlock(StageLayers layers, List<Chunk> chunks) {
    StageRows rows = activeRowsOf(chunks);
    if (!run(layers, rows, 0)) {
      return false;
    }
    counts.addSharedBlockRun();
    int offset = 0;
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      int rowCount = chunk.activeRows().length;
      if (StepRouting.hasNext(chunk)) {
        RouterLogits logits = runner.routerLogits(layers.stage(), chunk.nextStep() + 1);
        routing.decideNext(chunk, logits, offset);
      } else {
        chunk.deactivate();
      }
      offset += rowCount;
    }
    return true;
  }

  private StageRows activeRowsOf(List<Chunk> chunks) {
    int rowCount = 0;
    for (int i = 0; i < chunks.size(); i++) {
      rowCount += chunks.get(i).activeRows().length;
    }
    StageRows rows = stageRows.cleared(rowCount, padding.padded(rowCount));
    for (int i = 0; i < chunks.size(); i++) {
      Chunk chunk = chunks.get(i);
      ChunkState state = ChunkState.of(chunk);
      int step = plan.cacheStep(chunk.nextStep());
      rows.add(chunk, step, chunk.activeRows(), state.streamRows(), chunk.gates());
      rows.countOnly(chunk.activeRows(), state.keptRows());
      counts.addRows(chunk.nextStep(), chunk.activeRows().length);
      if (lastLayer == LastLayer.SHARED_BLOCK) {
        rows.wantOutputs(chunk);
      }
    }
    rows.padOutputs(padding.padded(rows.outputCount()));
    return rows;
  }

  @Override
  public boolean coda(List<Chunk> chunks) {
    StageRows rows = rowsOf(chunks);
    List<Chunk> ordered = logitsFirst(chunks);
    int heads = 0;
    results.clear();
    for (int i = 0; i < ordered.size(); i++) {
      Chunk chunk = ordered.get(i);
      ChunkState state = ChunkState.of(chunk);
      results.add(state, rows.outputCount());
      rows.add(chunk, 0, RowIndexes.all(chunk), state.streamRows(), NO_GATES);
      rows.wantOutputs(chunk);
      heads = chunk.sequence().output() == Output.LOGITS ? rows.outputCount() : heads;
    }
    counts.addTokens(rows.count());
    rows.padOutputs(padding.padded(rows.outputCount()));
    return run(plan.coda(), rows, heads == 0 ? 0 : padding.padded(heads));
  }

  /** Puts chunks whose logits are wanted before others, as the head runs for the first rows. */
  private static List<Chunk> logitsFirst(List<Chunk> chunks) {
    for (int i = 0; i < chunks.size(); i++) {
      if (chunks.get(i).sequence().output() != Output.LOGITS) {
        return chunks.stream()
            .sorted(Comparator.comparing(chunk -> chunk.sequence().output()))
            .toList();
      }
    }
    return chunks; // the usual case
  }

  @Override
  public void release(Chunk chunk) {
    ChunkState state = chunk.attachment(ChunkState.class);
    if (state != null) { // none if the prelude failed early
      streamRows.release(state.removeStreamRows());
    }
  }

  /** What the last coda computed. */
  public CodaResults results() {
    return results;
  }

  /** Operations that run on another device than the one that they belong to. */
  public List<Fallback> fallbacks() {
    return runner.fallbacks();
  }

  /** How the time was spent so far. */
  public StageTimes times() {
    return runner.times();
  }

  /** What was computed so far. */
  public ForwardCounts counts() {
    return counts;
  }

  /**
   * Reserves memory for the largest batch at the longest context, so that no batch can run out of
   * it later.
   *
   * @param tokenCapacity tokens that the K/V cache has room for
   * @throws dev.mor4j.ggml.GgmlException if a device has too little
   */
  public void reserve(BatchLimits limits, int tokenCapacity) {
    largestGraphs.reserve(runner, limits, tokenCapacity);
  }

  /** Bytes that {@link #reserve} takes on each device; allocates nothing. */
  public Map<Device, Long> bytesToReserve(BatchLimits limits, int tokenCapacity) {
    return largestGraphs.bytes(runner, limits, tokenCapacity);
  }

  private StageRows rowsOf(List<Chunk> chunks) {
    int rowCount = 0;
    for (int i = 0; i < chunks.size(); i++) {
      rowCount += chunks.get(i).rowCount();
    }
    return stageRows.cleared(rowCount, padding.padded(rowCount));
  }

  private boolean run(StageLayers layers, StageRows rows, int heads) {
    int window = 0;
    if (layers.place() != null) {
      rows.assignSlots(cache, layers.place());
      int slotCount = cache.slots().slotCount(layers.place().region());
      window = kernel.window(rows.visibleSlots(), slotCount + 1);
    } else if (layers.stage() instanceof Stage.Coda) {
      if (rows.outputCount() == 0) {
        return true; // no layer and no output: there is nothing to compute
      }
      rows.keepOutputs();
    }
    GraphShape shape =
        new GraphShape(layers.stage(), rows.paddedCount(), window, rows.outputCount(), heads);
    return runner.run(shape, rows) == GraphStatus.DONE;
  }

  /** Frees graphs and the residual stream. */
  @Override
  public void close() {
    runner.close();
  }
}
