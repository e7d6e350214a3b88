package dev.mor4j.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.kvcache.KvRows;
import dev.mor4j.kvcache.KvSlots;
import dev.mor4j.kvcache.VisibleSlots;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Runs a {@link HashModel} as the forward pass runs a real one: slots are planned and committed
 * before rows read them. Checks that each row reads what it reads when its sequence runs alone.
 */
final class HashStages implements StageWork {
  private final HashModel model;
  private final KvSlots slots;
  private final Function<Sequence, SingleRun> singleRuns;
  private final List<long[]> contents = new ArrayList<>();
  private final VisibleSlots visible = new VisibleSlots();

  /** Chunks between prelude and coda. */
  private final Set<Chunk> chunksUnderWay = new LinkedHashSet<>();

  private int widestBatch;
  private int mostStreamRows;
  private boolean hasMixedSteps;

  /** A chunk's hidden states, and the rows that take its next step. */
  private static final class HashState {
    final long[] hidden;
    int[] kept = {};
    boolean hasResults;

    HashState(long[] hidden) {
      this.hidden = hidden;
    }

    static HashState of(Chunk chunk) {
      return Objects.requireNonNull(chunk.attachment(HashState.class), "no prelude");
    }
  }

  /** Rows of a chunk that run a stage. */
  private record Rows(Chunk chunk, int[] indexes, int step, boolean stores) {}

  /**
   * Without chunks.
   *
   * @param singleRuns each sequence as it runs alone
   */
  HashStages(HashModel model, KvSlots slots, Function<Sequence, SingleRun> singleRuns) {
    this.model = model;
    this.slots = slots;
    this.singleRuns = singleRuns;
    for (int region = 0; region < model.layout().regions().size(); region++) {
      contents.add(new long[slots.slotCount(region)]);
    }
  }

  /** Most rows that ran the shared block together. */
  int widestBatch() {
    return widestBatch;
  }

  /** Most rows that were between prelude and coda. */
  int mostStreamRows() {
    return mostStreamRows;
  }

  /** Whether chunks at different stages were under way at a time. */
  boolean hasMixedSteps() {
    return hasMixedSteps;
  }

  /** Number of chunks between prelude and coda. */
  int chunkCount() {
    return chunksUnderWay.size();
  }

  /** Hidden state of a row after the coda. */
  long result(Chunk chunk, int row) {
    HashState state = HashState.of(chunk);
    assertThat(state.hasResults).as("the chunk took the coda").isTrue();
    return state.hidden[row];
  }

  @Override
  public boolean prelude(List<Chunk> chunks) {
    hasMixedSteps |= !chunksUnderWay.isEmpty();
    for (Chunk chunk : chunks) {
      long[] hidden = new long[chunk.rowCount()];
      Arrays.setAll(hidden, row -> model.embed(chunk.token(row), chunk.firstPosition() + row));
      assertThat(chunksUnderWay.add(chunk)).isTrue();
      chunk.attach(new HashState(hidden));
    }
    int streamRows = chunksUnderWay.stream().mapToInt(Chunk::rowCount).sum();
    mostStreamRows = Math.max(mostStreamRows, streamRows);
    if (model.hasEnds()) {
      run(0, allRows(chunks));
    }
    chunks.forEach(chunk -> decide(chunk, 0, allRows(chunk)));
    return true;
  }

  @Override
  public boolean sharedBlock(List<Chunk> chunks) {
    List<Rows> rows = new ArrayList<>();
    for (Chunk chunk : chunks) {
      int step = chunk.nextStep();
      rows.add(new Rows(chunk, chunk.activeRows(), step, model.layout().writesAt(step)));
    }
    widestBatch = Math.max(widestBatch, rows.stream().mapToInt(each -> each.indexes.length).sum());
    hasMixedSteps |= rows.stream().mapToInt(Rows::step).distinct().count() > 1;
    run(model.layout().blockRegion(), rows);
    for (Chunk chunk : chunks) {
      int next = chunk.nextStep() + 1;
      int[] kept = HashState.of(chunk).kept;
      if (next < model.runCount(chunk.mode()) && kept.length > 0) {
        decide(chunk, next, kept);
      } else {
        chunk.deactivate();
      }
    }
    return true;
  }

  @Override
  public boolean coda(List<Chunk> chunks) {
    if (model.hasEnds()) {
      run(model.codaRegion(), allRows(chunks));
    }
    chunks.forEach(chunk -> HashState.of(chunk).hasResults = true);
    return true;
  }

  @Override
  public void release(Chunk chunk) {
    assertThat(chunksUnderWay.remove(chunk)).as("a chunk is released once").isTrue();
  }

  /** All rows write before any row reads, as in a layer. */
  private void run(int region, List<Rows> rows) {
    List<Rows> storing = rows.stream().filter(Rows::stores).toList();
    KvRows taking = kvRows(storing);
    int[] taken = new int[taking.count()];
    assertThat(slots.plan(region, taken.length, taken)).as("room for all").isTrue();
    slots.commit(region, taking, taken);
    int next = 0;
    for (Rows each : storing) {
      for (int row : each.indexes) {
        long state = HashState.of(each.chunk).hidden[row];
        contents.get(region)[taken[next++]] = model.stored(state, region, each.step);
      }
    }
    slots.findVisible(region, kvRows(rows), visible);
    int[] lists = visible.slots(visible.slotCount());
    int[] ranges = visible.ranges(visible.rowCount());
    int at = 0;
    for (Rows each : rows) {
      for (int row : each.indexes) {
        int start = ranges[2 * at];
        int end = start + ranges[2 * at + 1];
        at++;
        long[] values = new long[end - start];
        for (int i = start; i < end; i++) {
          values[i - start] = contents.get(region)[lists[i]];
        }
        requireSameAsAlone(region, each, row, values);
        advance(region, each, row, values);
      }
    }
  }

  private void requireSameAsAlone(int region, Rows rows, int row, long[] values) {
    Chunk chunk = rows.chunk;
    int position = chunk.firstPosition() + row;
    SingleRun singleRun = singleRuns.apply(chunk.sequence());
    long[] expected = singleRun.visible(region, model.cacheStep(rows.step), position);
    if (!Arrays.equals(values, expected)) { // asked first: thousands of rows for each seed
      assertThat(values)
          .as("region %d, step %d, position %d", region, rows.step, position)
          .isEqualTo(expected);
    }
  }

  private void advance(int region, Rows rows, int row, long[] values) {
    HashState state = HashState.of(rows.chunk);
    boolean isDropped =
        region == model.layout().blockRegion() && Arrays.binarySearch(state.kept, row) < 0;
    if (!isDropped) {
      state.hidden[row] = model.attend(state.hidden[row], values);
    }
  }

  private void decide(Chunk chunk, int step, int[] candidates) {
    HashState state = HashState.of(chunk);
    state.kept =
        IntStream.of(candidates)
            .filter(row -> step < model.runCount(chunk.mode()))
            .filter(row -> takes(chunk, row, step))
            .toArray();
    for (int row : state.kept) {
      chunk.addDepth(row, 1);
    }
    int[] active = step == 0 && model.layout().firstStepFeedsAll() ? allRows(chunk) : state.kept;
    chunk.activate(step, active, new float[active.length]);
  }

  private boolean takes(Chunk chunk, int row, int step) {
    long hidden = HashState.of(chunk).hidden[row];
    return model.takes(hidden, step, chunk.mode(), chunk.rowCount());
  }

  private KvRows kvRows(List<Rows> rows) {
    KvRows all = new KvRows();
    for (Rows each : rows) {
      Chunk chunk = each.chunk;
      int step = model.cacheStep(each.step);
      all.add(chunk.sequence().lease(), step, chunk.firstPosition(), each.indexes);
    }
    return all;
  }

  private static List<Rows> allRows(List<Chunk> chunks) {
    return chunks.stream().map(chunk -> new Rows(chunk, allRows(chunk), 0, true)).toList();
  }

  private static int[] allRows(Chunk chunk) {
    return IntStream.range(0, chunk.rowCount()).toArray();
  }
}
