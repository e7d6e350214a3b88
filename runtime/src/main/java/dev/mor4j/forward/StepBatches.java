package dev.mor4j.forward;

import dev.mor4j.batch.Chunk;
import dev.mor4j.graph.StepGroups;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Splits chunks into batches that run the shared block together: those whose next steps are of one
 * {@linkplain StepGroups group} and whose runs compute the same. Confined to the engine's thread.
 */
final class StepBatches {
  private final StepGroups groups;
  private final BatchRun run;

  /** Runs the shared block for one batch; returns false if it was cancelled. */
  interface BatchRun {
    boolean run(StageLayers layers, List<Chunk> chunks);
  }

  StepBatches(StepGroups groups, BatchRun run) {
    this.groups = groups;
    this.run = run;
  }

  /**
   * Runs the batches, one after another.
   *
   * @param chunks at least one
   * @return false if one was cancelled
   */
  boolean runAll(List<Chunk> chunks) {
    StageLayers first = layersOf(chunks.getFirst());
    if (isAllOf(first, chunks)) {
      return run.run(first, chunks); // the usual case, without garbage
    }
    Map<StageLayers, List<Chunk>> batches = new LinkedHashMap<>();
    for (Chunk chunk : chunks) {
      batches.computeIfAbsent(layersOf(chunk), key -> new ArrayList<>()).add(chunk);
    }
    for (Map.Entry<StageLayers, List<Chunk>> batch : batches.entrySet()) {
      if (!run.run(batch.getKey(), batch.getValue())) {
        return false;
      }
    }
    return true;
  }

  private boolean isAllOf(StageLayers layers, List<Chunk> chunks) {
    for (int i = 1; i < chunks.size(); i++) {
      if (!layersOf(chunks.get(i)).equals(layers)) {
        return false;
      }
    }
    return true;
  }

  private StageLayers layersOf(Chunk chunk) {
    return ChunkState.of(chunk).plan().run(groups.groupOf(chunk.nextStep()));
  }
}
