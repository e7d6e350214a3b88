package dev.mor4j.ggml;

import static dev.mor4j.ggml.CpuGraph.gaussians;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention over listed slots: against plain loops in double, and bit for bit against itself. */
class RaggedAttentionTest {
  private static final int SLOTS = 130;

  /** Sums of up to 128 products and 100 weights around 1, rounded to 24 bits. */
  private static final float ROUNDING = 4e-6f;

  /** Heads of the model and of its cache. */
  private record Heads(int keyLength, int count, int kvCount) {
    int queryWidth() {
      return keyLength * count;
    }

    Shape pool() {
      return Shape.of((long) keyLength * kvCount, SLOTS);
    }

    float[] poolValues(long seed) {
      return gaussians(seed, (int) pool().valueCount());
    }

    float[] queryValues(long seed, int rows) {
      return gaussians(seed, queryWidth() * rows);
    }
  }

  /** What each row sees: offsets and counts in turn, over one list of slots. */
  private record Spans(int[] lists, int... spans) {
    int rows() {
      return spans.length / 2;
    }

    int[] slotsOf(int row) {
      return Arrays.copyOfRange(lists, spans[2 * row], spans[2 * row] + spans[2 * row + 1]);
    }
  }

  private static final Heads GROUPED = new Heads(64, 6, 2);

  /** Slots in no order, some more than once. */
  private static int[] slots(int count) {
    return new Random(5).ints(count, 0, SLOTS).toArray();
  }

  /** Row after row with one more slot seen, all from one offset. */
  private static Spans prompt(int offset, int rows) {
    int[] spans =
        IntStream.rangeClosed(1, rows).flatMap(count -> IntStream.of(offset, count)).toArray();
    return new Spans(slots(offset + rows), spans);
  }

  private static Tensor attend(
      CpuGraph graph, Tensor queries, Tensor keys, Tensor values, Spans s) {
    Tensor spans = graph.ops().reshape(graph.input(s.spans()), Shape.of(2, s.rows()));
    return graph
        .ops()
        .fused()
        .raggedAttention(queries, keys, values, graph.input(s.lists()), spans);
  }

  /** F32 keys and values of seeds 1 and 2, on that many threads. */
  private static float[] attend(Heads heads, float[] queryValues, Spans spans, int threads) {
    return attend(TensorType.F32, heads, queryValues, spans, threads);
  }

  private static float[] attend(
      TensorType type, Heads heads, float[] queryValues, Spans spans, int threads) {
    try (CpuGraph graph = new CpuGraph(threads)) {
      Tensor queries = queries(graph, heads, queryValues);
      Tensor keys = graph.input(type, heads.pool(), heads.poolValues(1));
      Tensor values = graph.input(type, heads.pool(), heads.poolValues(2));
      return graph.run(attend(graph, queries, keys, values, spans));
    }
  }

  private static float[] attend(
      Heads heads,
      float[] queryValues,
      float[] keyValues,
      float[] valueValues,
      Spans spans,
      int threads) {
    try (CpuGraph graph = new CpuGraph(threads)) {
      Tensor queries = queries(graph, heads, queryValues);
      Tensor keys = graph.input(TensorType.F32, heads.pool(), keyValues);
      Tensor values = graph.input(TensorType.F32, heads.pool(), valueValues);
      return graph.run(attend(graph, queries, keys, values, spans));
    }
  }

  private static Tensor queries(CpuGraph graph, Heads heads, float[] values) {
    int rows = values.length / heads.queryWidth();
    return graph.input(TensorType.F32, Shape.of(heads.keyLength(), heads.count(), rows), values);
  }

  /** softmax(q . k / sqrt(keyLength)) v, as it is written. */
  private static float[] plainLoops(
      Heads heads, float[] queries, float[] keys, float[] values, Spans spans) {
    int width = heads.keyLength();
    float[] result = new float[queries.length];
    for (int row = 0; row < spans.rows(); row++) {
      int[] slots = spans.slotsOf(row);
      for (int head = 0; head < heads.count(); head++) {
        int query = row * heads.queryWidth() + head * width;
        int kvHead = head / (heads.count() / heads.kvCount());
        int[] places =
            Arrays.stream(slots).map(slot -> (slot * heads.kvCount() + kvHead) * width).toArray();
        double[] weights = weights(width, queries, query, keys, places);
        for (int at = 0; at < width; at++) {
          double sum = 0;
          for (int entry = 0; entry < places.length; entry++) {
            sum += weights[entry] * values[places[entry] + at];
          }
          result[query + at] = (float) sum;
        }
      }
    }
    return result;
  }

  private static double[] weights(
      int width, float[] queries, int query, float[] keys, int[] places) {
    double[] scores = new double[places.length];
    for (int entry = 0; entry < places.length; entry++) {
      for (int at = 0; at < width; at++) {
        scores[entry] += (double) queries[query + at] * keys[places[entry] + at];
      }
      scores[entry] /= Math.sqrt(width);
    }
    double greatest = Arrays.stream(scores).max().orElseThrow();
    double sum = Arrays.stream(scores).map(score -> Math.exp(score - greatest)).sum();
    return Arrays.stream(scores).map(score -> Math.exp(score - greatest) / sum).toArray();
  }

  /** Stops at the first value that is too far, where AssertJ would compare each with each. */
  private static void assertClose(float[] found, float[] expected, float tolerance) {
    assertThat(found).hasSameSizeAs(expected);
    for (int at = 0; at < found.length; at++) {
      if (!(Math.abs(found[at] - expected[at]) <= tolerance)) {
        assertThat(found[at]).as("value %d", at).isCloseTo(expected[at], within(tolerance));
      }
    }
  }

  private static int[] bits(float[] values, int from, int to) {
    return IntStream.range(from, to).map(at -> Float.floatToRawIntBits(values[at])).toArray();
  }

  private static int[] bits(float[] values) {
    return bits(values, 0, values.length);
  }

  @ParameterizedTest
  @CsvSource({
    "F32, F32, 32, 4, 4", "F16, F16, 64, 15, 5", "BF16, BF16, 80, 6, 2", "Q8_0, Q8_0, 128, 4, 1",
    "Q4_0, Q4_0, 64, 7, 1", "F16, F32, 80, 5, 5", "BF16, Q4_0, 32, 8, 2", "Q8_0, F16, 64, 8, 4",
    "F32, F32, 8, 40, 2", "F16, BF16, 512, 2, 1"
  })
  void equalsPlainLoops(
      TensorType keyType, TensorType valueType, int keyLength, int heads, int kv) {
    Heads shape = new Heads(keyLength, heads, kv);
    // around tiles of 32, with lists that lie apart, touch and overlap
    Spans spans =
        new Spans(slots(300), 0, 1, 7, 31, 38, 32, 70, 33, 70, 2, 60, 64, 150, 65, 200, 100, 3, 96);
    float[] queryValues = shape.queryValues(3, spans.rows());

    try (CpuGraph graph = new CpuGraph()) {
      Tensor keys = graph.input(keyType, shape.pool(), shape.poolValues(1));
      Tensor values = graph.input(valueType, shape.pool(), shape.poolValues(2));
      Tensor queries = queries(graph, shape, queryValues);
      float[] found = graph.run(attend(graph, queries, keys, values, spans));

      assertClose(
          found,
          plainLoops(shape, queryValues, graph.rounded(keys), graph.rounded(values), spans),
          ROUNDING);
    }
  }

  @Test
  void rowsOfOnePromptEqualPlainLoops() {
    Spans spans = prompt(9, 100);
    float[] queries = GROUPED.queryValues(3, 100);

    float[] found = attend(GROUPED, queries, spans, 2);

    assertClose(
        found,
        plainLoops(GROUPED, queries, GROUPED.poolValues(1), GROUPED.poolValues(2), spans),
        ROUNDING);
  }

  @Test
  void scoresFarApartLeaveTheGreatest() {
    Spans spans = prompt(0, 70);
    float[] queries = GROUPED.queryValues(3, 70);
    for (int at = 0; at < queries.length; at++) {
      queries[at] *= 1000;
    }

    float[] found = attend(GROUPED, queries, spans, 2);

    // Scores of thousands are rounded in their fourth decimal, and so are close weights.
    assertClose(
        found,
        plainLoops(GROUPED, queries, GROUPED.poolValues(1), GROUPED.poolValues(2), spans),
        4e-3f);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void givesTheSameBitsOnAnyNumberOfThreads(int threads) {
    Spans spans = prompt(2, 70);
    float[] queries = GROUPED.queryValues(3, 70);

    assertThat(bits(attend(GROUPED, queries, spans, threads)))
        .isEqualTo(bits(attend(GROUPED, queries, spans, 4)));
  }

  // one query head per K/V head, three, seven, and more than are taken at once
  @ParameterizedTest
  @CsvSource({
    "F32, 64, 4, 4", "F32, 64, 6, 2", "F32, 80, 7, 1", "F32, 32, 20, 1",
    "F16, 64, 4, 4", "F16, 64, 6, 2", "F16, 40, 7, 1", "Q8_0, 64, 6, 2"
  })
  void givesARowTheSameBitsAloneAndInAPrompt(
      TensorType type, int keyLength, int count, int kvCount) {
    Heads heads = new Heads(keyLength, count, kvCount);
    int width = heads.queryWidth();
    Spans prompt = prompt(5, 75);
    float[] queries = heads.queryValues(3, 75);
    float[] together = attend(type, heads, queries, prompt, 2);

    for (int row : new int[] {0, 1, 15, 16, 17, 30, 31, 32, 33, 47, 63, 64, 74}) {
      float[] query = Arrays.copyOfRange(queries, row * width, (row + 1) * width);
      Spans single = new Spans(prompt.slotsOf(row), 0, row + 1);

      assertThat(bits(attend(type, heads, query, single, 1)))
          .as("row %d", row)
          .isEqualTo(bits(together, row * width, (row + 1) * width));
    }
  }

  // few rows read halves where they are stored, many decode them first
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 40})
  void halvesGiveTheBitsOfTheFloatsThatTheyStandFor(int rows) {
    Spans prompt = prompt(3, rows + 50);
    int[] lists = prompt.lists().clone();
    lists[40] = -1;
    lists[7] = SLOTS;
    int[] spans = Arrays.copyOfRange(prompt.spans(), 100, prompt.spans().length);
    float[] queryValues = GROUPED.queryValues(3, rows);
    float[] keyValues = GROUPED.poolValues(1);
    float[] valueValues = GROUPED.poolValues(2);

    try (CpuGraph graph = new CpuGraph()) {
      Tensor keys = graph.input(TensorType.F16, GROUPED.pool(), keyValues);
      Tensor values = graph.input(TensorType.F16, GROUPED.pool(), valueValues);
      Tensor queries = queries(graph, GROUPED, queryValues);
      Spans seen = new Spans(lists, spans);
      float[] found = graph.run(attend(graph, queries, keys, values, seen));

      assertThat(bits(found))
          .isEqualTo(
              bits(
                  attend(
                      GROUPED, queryValues, graph.rounded(keys), graph.rounded(values), seen, 2)));
    }
  }

  @Test
  void givesARowTheSameBitsAtAnyOffsetAmongAnyOthers() {
    int width = GROUPED.queryWidth();
    int[] list = slots(77);
    float[] query = GROUPED.queryValues(3, 1);
    int[] alone = bits(attend(GROUPED, query, new Spans(list, 0, 77), 1));

    for (int before : new int[] {1, 3, 16, 40}) {
      int[] lists = IntStream.concat(IntStream.of(slots(before)), IntStream.of(list)).toArray();
      Spans spans = new Spans(lists, 0, 1, before, 40, before, 77, before, 60, before, 77, 1, 50);
      float[] queries = GROUPED.queryValues(4, spans.rows());
      System.arraycopy(query, 0, queries, 2 * width, width);
      System.arraycopy(query, 0, queries, 4 * width, width);

      float[] found = attend(GROUPED, queries, spans, 2);

      assertThat(bits(found, 2 * width, 3 * width)).isEqualTo(alone);
      assertThat(bits(found, 4 * width, 5 * width)).isEqualTo(alone);
    }
  }

  @Test
  void rowsOfAGroupDoNotSeeWhatLaterRowsSee() {
    Spans spans = prompt(0, 40);
    float[] queries = GROUPED.queryValues(3, 40);
    int[] slots = IntStream.range(0, 40).toArray();
    float[] keys = GROUPED.poolValues(1);
    float[] values = GROUPED.poolValues(2);
    int first = 37 * (int) GROUPED.pool().size0();
    float[] brokenKeys = keys.clone();
    float[] brokenValues = values.clone();
    Arrays.fill(brokenKeys, first, keys.length, Float.NaN);
    Arrays.fill(brokenValues, first, values.length, Float.NaN);
    Spans inOrder = new Spans(slots, spans.spans());

    float[] found = attend(GROUPED, queries, brokenKeys, brokenValues, inOrder, 2);

    int seen = 37 * GROUPED.queryWidth();
    assertThat(bits(found, 0, seen))
        .isEqualTo(bits(attend(GROUPED, queries, keys, values, inOrder, 2), 0, seen));
    assertThat(found[seen]).isNaN();
  }

  @Test
  void leavesOutEntriesThatNameNoSlot() {
    int[] clean = slots(50);
    int[] dirty = clean.clone();
    int[] bad = {-1, SLOTS, Integer.MAX_VALUE, Integer.MIN_VALUE};
    System.arraycopy(bad, 0, dirty, 30, bad.length);
    int[] without =
        IntStream.concat(Arrays.stream(clean, 0, 30), Arrays.stream(clean, 34, 50)).toArray();
    float[] query = GROUPED.queryValues(3, 1);

    float[] found = attend(GROUPED, query, new Spans(dirty, 0, 50), 2);

    assertClose(
        found,
        plainLoops(
            GROUPED,
            query,
            GROUPED.poolValues(1),
            GROUPED.poolValues(2),
            new Spans(without, 0, 46)),
        ROUNDING);
  }

  @Test
  void givesZeroForRowsThatSeeNothing() {
    int[] lists = slots(40);
    Arrays.fill(lists, 0, 35, -1);
    int[] empty = {
      0,
      0,
      0,
      35,
      3,
      -1,
      -1,
      3,
      38,
      3,
      41,
      1,
      Integer.MAX_VALUE,
      2,
      2,
      Integer.MAX_VALUE,
      Integer.MIN_VALUE,
      Integer.MIN_VALUE
    };
    int[] spans = IntStream.concat(IntStream.of(35, 5), IntStream.of(empty)).toArray();
    float[] queries = GROUPED.queryValues(3, spans.length / 2);

    float[] found = attend(GROUPED, queries, new Spans(lists, spans), 2);

    int width = GROUPED.queryWidth();
    assertThat(Arrays.copyOfRange(found, 0, width)).doesNotContain(0);
    assertThat(Arrays.copyOfRange(found, width, found.length)).containsOnly(0);
  }

  @Test
  void readsQueriesWithGapsBetweenThem() {
    Spans spans = prompt(0, 5);
    float[] queryValues = GROUPED.queryValues(3, 5);

    try (CpuGraph graph = new CpuGraph()) {
      TensorOps ops = graph.ops();
      Tensor swapped =
          ops.contiguous(ops.swapRowsAndMatrices(queries(graph, GROUPED, queryValues)));
      Tensor keys = graph.input(TensorType.F32, GROUPED.pool(), GROUPED.poolValues(1));
      Tensor values = graph.input(TensorType.F32, GROUPED.pool(), GROUPED.poolValues(2));
      Tensor queries = ops.swapRowsAndMatrices(swapped);
      float[] found = graph.run(attend(graph, queries, keys, values, spans));

      assertThat(bits(found)).isEqualTo(bits(attend(GROUPED, queryValues, spans, 2)));
    }
  }
}
