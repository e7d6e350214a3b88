package dev.mor4j.batch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.kvcache.KvRows;
import dev.mor4j.kvcache.KvSlots;
import dev.mor4j.kvcache.VisibleSlots;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Runs a {@link HashModel} as the forward pass runs a real one: slots are planned and committed
 * before rows look. Compares what each row sees with what it sees alone.
 */
final class HashStages implements StageWork {
  private final HashModel model;
  private final KvSlots slots;
  private final Function<Sequence, Alone> alone;
  private final List<long[]> contents = new ArrayList<>();
  private final VisibleSlots visible = new VisibleSlots();
  private final Map<Chunk, Travel> travels = new LinkedHashMap<>();
  private final Map<Chunk, long[]> results = new HashMap<>();
  private int widestPass;
  private int mostStreamRows;
  private boolean mixedStages;

  private static final class Travel {
    final long[] states;
    int[] kept = {};

    Travel(long[] states) {
      this.states = states;
    }
  }

  /** Rows of a chunk that take a stage. */
  private record Rows(Chunk chunk, int[] indexes, int pass, boolean stores) {}

  /**
   * @param alone each sequence as it runs alone
   */
  HashStages(HashModel model, KvSlots slots, Function<Sequence, Alone> alone) {
    this.model = model;
    this.slots = slots;
    this.alone = alone;
    for (int region = 0; region < model.layout().regions().size(); region++) {
      contents.add(new long[slots.slotCount(region)]);
    }
  }

  /** Most rows that shared a pass. */
  int widestPass() {
    return widestPass;
  }

  /** Most rows that were on their way. */
  int mostStreamRows() {
    return mostStreamRows;
  }

  /** Whether chunks were on their way at different stages. */
  boolean hasMixedStages() {
    return mixedStages;
  }

  /** Chunks on their way. */
  int chunkCount() {
    return travels.size();
  }

  /** What became of a row that took the last coda. */
  long result(Chunk chunk, int row) {
    return found(results, chunk)[row];
  }

  @Override
  public boolean prelude(List<Chunk> chunks) {
    mixedStages |= !travels.isEmpty();
    for (Chunk chunk : chunks) {
      long[] states = new long[chunk.rowCount()];
      Arrays.setAll(states, row -> model.embed(chunk.token(row), chunk.firstPosition() + row));
      assertThat(travels.put(chunk, new Travel(states))).isNull();
    }
    int streamRows = travels.keySet().stream().mapToInt(Chunk::rowCount).sum();
    mostStreamRows = Math.max(mostStreamRows, streamRows);
    if (model.hasEnds()) {
      run(0, allRows(chunks));
    }
    chunks.forEach(chunk -> decide(chunk, 0, allRows(chunk)));
    return true;
  }

  @Override
  public boolean pass(List<Chunk> chunks) {
    List<Rows> rows = new ArrayList<>();
    for (Chunk chunk : chunks) {
      int pass = chunk.nextPass();
      rows.add(new Rows(chunk, chunk.rows(), pass, model.layout().writesAt(pass)));
    }
    widestPass = Math.max(widestPass, rows.stream().mapToInt(each -> each.indexes.length).sum());
    mixedStages |= rows.stream().mapToInt(Rows::pass).distinct().count() > 1;
    run(model.layout().blockRegion(), rows);
    for (Chunk chunk : chunks) {
      int next = chunk.nextPass() + 1;
      int[] kept = travel(chunk).kept;
      if (next < model.passCount(chunk.sequence().mode()) && kept.length > 0) {
        decide(chunk, next, kept);
      } else {
        chunk.finish();
      }
    }
    return true;
  }

  @Override
  public boolean coda(List<Chunk> chunks) {
    if (model.hasEnds()) {
      run(model.codaRegion(), allRows(chunks));
    }
    results.clear();
    chunks.forEach(chunk -> results.put(chunk, travel(chunk).states));
    return true;
  }

  @Override
  public void forget(Chunk chunk) {
    assertThat(travels.remove(chunk)).as("a chunk is forgotten once").isNotNull();
  }

  /** All that write do so before any looks, as in a layer. */
  private void run(int region, List<Rows> rows) {
    List<Rows> storing = rows.stream().filter(Rows::stores).toList();
    KvRows taking = kvRows(storing);
    int[] taken = new int[taking.count()];
    assertThat(slots.plan(region, taken.length, taken)).as("room for all").isTrue();
    slots.commit(region, taking, taken);
    int next = 0;
    for (Rows each : storing) {
      for (int row : each.indexes) {
        long state = travel(each.chunk).states[row];
        contents.get(region)[taken[next++]] = model.stored(state, region, each.pass);
      }
    }
    slots.findVisible(region, kvRows(rows), visible);
    int[] lists = visible.slots(visible.slotCount());
    int[] spans = visible.ranges(visible.rowCount());
    int at = 0;
    for (Rows each : rows) {
      for (int row : each.indexes) {
        int start = spans[2 * at];
        int end = start + spans[2 * at + 1];
        at++;
        long[] seen = new long[end - start];
        for (int i = start; i < end; i++) {
          seen[i - start] = contents.get(region)[lists[i]];
        }
        requireAsAlone(region, each, row, seen);
        advance(region, each, row, seen);
      }
    }
  }

  private void requireAsAlone(int region, Rows rows, int row, long[] seen) {
    Chunk chunk = rows.chunk;
    int position = chunk.firstPosition() + row;
    Alone solo = alone.apply(chunk.sequence());
    long[] expected = solo.seen(region, model.cacheStep(rows.pass), position);
    if (!Arrays.equals(seen, expected)) { // asked first: thousands of rows a seed
      assertThat(seen)
          .as("region %d, pass %d, position %d", region, rows.pass, position)
          .isEqualTo(expected);
    }
  }

  private void advance(int region, Rows rows, int row, long[] seen) {
    Travel travel = travel(rows.chunk);
    boolean isGated =
        region == model.layout().blockRegion() && Arrays.binarySearch(travel.kept, row) < 0;
    if (!isGated) {
      travel.states[row] = model.attend(travel.states[row], seen);
    }
  }

  private void decide(Chunk chunk, int pass, int[] candidates) {
    Travel travel = travel(chunk);
    travel.kept =
        IntStream.of(candidates)
            .filter(row -> pass < model.passCount(chunk.sequence().mode()))
            .filter(row -> takes(chunk, row, pass))
            .toArray();
    for (int row : travel.kept) {
      chunk.addDepth(row, 1);
    }
    int[] sent = pass == 0 && model.layout().firstStepFeedsAll() ? allRows(chunk) : travel.kept;
    chunk.send(pass, sent, new float[sent.length]);
  }

  private boolean takes(Chunk chunk, int row, int pass) {
    return model.takes(travel(chunk).states[row], pass, chunk.sequence().mode(), chunk.rowCount());
  }

  private KvRows kvRows(List<Rows> rows) {
    KvRows all = new KvRows();
    for (Rows each : rows) {
      Chunk chunk = each.chunk;
      int step = model.cacheStep(each.pass);
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

  private Travel travel(Chunk chunk) {
    return found(travels, chunk);
  }

  private static <T> T found(Map<Chunk, T> among, Chunk chunk) {
    T value = among.get(chunk);
    if (value == null) {
      throw new IllegalStateException("the chunk is not on its way");
    }
    return value;
  }
}
