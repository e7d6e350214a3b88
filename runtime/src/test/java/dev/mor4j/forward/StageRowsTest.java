package dev.mor4j.forward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.SequenceOptions;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.TestConfigs;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class StageRowsTest {
  private static final int PADDING_ROW = 99;

  private final StageRows rows = new StageRows(PADDING_ROW);

  /** A chunk whose outputs are wanted from a position on. */
  private static Chunk chunk(int firstOutput, int... tokens) {
    SequenceOptions options = new SequenceOptions(64, false, firstOutput);
    return TestChunks.of(
        TestConfigs.expertChoice(KvPolicy.PER_STEP), RoutingMode.TRAINED, tokens, options);
  }

  private static int[] first(int count, int[] values) {
    return Arrays.copyOf(values, count);
  }

  @Test
  void placesTheRowsOfChunksOneAfterAnotherAndPadsThem() {
    rows.cleared(3, 4);
    rows.add(chunk(0, 7, 8, 9), 0, new int[] {0, 2}, new int[] {5, 6, 4}, new float[] {1, 2});
    rows.add(chunk(0, 3), 0, new int[] {0}, new int[] {1}, new float[0]);

    assertThat(rows.count()).isEqualTo(3);
    assertThat(rows.paddedCount()).isEqualTo(4);
    assertThat(first(4, rows.tokens())).containsExactly(7, 9, 3, 0);
    assertThat(first(4, rows.positions())).containsExactly(0, 2, 0, 0);
    assertThat(first(4, rows.streamRows())).containsExactly(5, 4, 1, PADDING_ROW);
    assertThat(Arrays.copyOf(rows.gates(), 4)).containsExactly(1, 2, 0, 0);
  }

  @Test
  void countsAllRowsUnlessSomeRunForKeysAndValuesOnly() {
    Chunk chunk = chunk(0, 7, 8, 9);
    int[] all = {0, 1, 2};
    rows.cleared(6, 6);
    rows.add(chunk, 0, all, all, new float[3]);
    rows.countOnly(all, all);
    assertThat(rows.counted()).isEmpty();

    rows.add(chunk(0, 1, 2, 3), 0, all, all, new float[3]);
    rows.countOnly(all, new int[] {1});

    assertThat(rows.counted()).containsExactly(1, 1, 1, 0, 1, 0);
  }

  @Test
  void wantsTheOutputsOfEachChunkAndRepeatsTheLastForPadding() {
    int[] all = {0, 1, 2};
    rows.cleared(6, 6);
    for (int firstOutput : new int[] {2, 1}) {
      Chunk chunk = chunk(firstOutput, 7, 8, 9);
      rows.add(chunk, 0, all, all, new float[0]);
      rows.wantOutputs(chunk);
    }
    assertThat(rows.outputCount()).isEqualTo(3);
    assertThat(first(3, rows.outputs())).containsExactly(2, 4, 5);

    rows.padOutputs(4);

    assertThat(rows.outputCount()).isEqualTo(4);
    assertThat(first(4, rows.outputs())).containsExactly(2, 4, 5, 5);
  }

  @Test
  void keepsTheRowsOfWantedOutputsForAStageWithoutLayers() {
    int[] all = {0, 1, 2};
    Chunk chunk = chunk(1, 7, 8, 9);
    rows.cleared(3, 3);
    rows.add(chunk, 0, all, new int[] {6, 5, 4}, new float[0]);
    rows.wantOutputs(chunk);

    rows.keepOutputs();

    assertThat(rows.paddedCount()).isEqualTo(2);
    assertThat(first(2, rows.streamRows())).containsExactly(5, 4);
  }

  @Test
  void padsNoOutputsWhereNoneIsWanted() {
    rows.cleared(1, 1);
    rows.padOutputs(4);

    assertThat(rows.outputCount()).isZero();
  }
}
