package dev.mor4j.forward;

import dev.mor4j.batch.Chunk;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.routing.Router;
import dev.mor4j.routing.RouterLogits;
import dev.mor4j.routing.RoutingDecision;
import dev.mor4j.routing.RowRange;

/**
 * Asks a chunk's router which rows take the next recursion step, and activates them. Confined to
 * the engine's thread.
 */
final class StepRouting {
  private final MorConfig config;
  private final float[] bias;
  private final boolean firstStepFeedsAll;
  private final int logitsPerRow;

  /**
   * Routing for one model.
   *
   * @param bias of a token-choice router, one value for each step; empty for none
   * @param firstStepFeedsAll whether all rows run step 0 for their keys and values, which later
   *     steps read
   */
  StepRouting(MorConfig config, float[] bias, boolean firstStepFeedsAll) {
    this.config = config;
    this.bias = bias;
    this.firstStepFeedsAll = firstStepFeedsAll;
    logitsPerRow =
        config.routing().kind() == RoutingKind.TOKEN_CHOICE ? config.recursionCount() : 1;
  }

  /** A router for the rows of one chunk. */
  Router newRouter(Chunk chunk) {
    RowRange rows = new RowRange(chunk.firstPosition(), chunk.rowCount());
    return Router.forBatch(config, chunk.mode(), rows, bias);
  }

  /** Decides which rows of a chunk that has taken the prelude take step 0. */
  void decideFirst(Chunk chunk, RouterLogits batch, int offset) {
    int[] all = RowIndexes.all(chunk);
    decide(chunk, 0, all, batch.ofRows(offset, all, all, logitsPerRow));
  }

  /**
   * Decides which rows of a chunk take the step after the one that they have just run.
   *
   * @param batch router logits of all rows of the batch; {@link RouterLogits#NONE} if no router is
   *     asked
   * @param offset index of the chunk's first row in the batch
   */
  void decideNext(Chunk chunk, RouterLogits batch, int offset) {
    int[] kept = ChunkState.of(chunk).keptRows();
    RouterLogits logits = batch.ofRows(offset, chunk.activeRows(), kept, logitsPerRow);
    decide(chunk, chunk.nextStep() + 1, kept, logits);
  }

  /** Whether a chunk has rows that may take the step after the one that they have just run. */
  static boolean hasNext(Chunk chunk) {
    ChunkState state = ChunkState.of(chunk);
    return chunk.nextStep() + 1 < state.plan().runCount() && state.keptRows().length > 0;
  }

  private void decide(Chunk chunk, int step, int[] candidates, RouterLogits logits) {
    ChunkState state = ChunkState.of(chunk);
    RoutingDecision decision = state.router().decide(step, candidates, logits);
    state.keep(decision.rows());
    for (int row : decision.rows()) {
      chunk.addDepth(row, state.plan().stepsPerRun());
    }
    RoutingDecision active =
        step == 0 && firstStepFeedsAll ? withAllRows(chunk, decision) : decision;
    chunk.activate(step, active.rows(), active.gates());
  }

  /** Rows that are not kept run with gate 0, which leaves their hidden state as it is. */
  private static RoutingDecision withAllRows(Chunk chunk, RoutingDecision decision) {
    float[] gates = new float[chunk.rowCount()];
    for (int i = 0; i < decision.rows().length; i++) {
      gates[decision.rows()[i]] = decision.gates()[i];
    }
    return new RoutingDecision(RowIndexes.all(chunk), gates);
  }
}
