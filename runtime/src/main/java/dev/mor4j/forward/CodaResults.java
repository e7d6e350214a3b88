package dev.mor4j.forward;

import dev.mor4j.batch.Chunk;
import dev.mor4j.graph.StageRunner;
import dev.mor4j.model.MorConfig;

/**
 * What the last coda computed: logits and hidden states of the rows whose outputs were wanted, and
 * router scores. Valid until the next coda. Confined to the engine's thread.
 */
public final class CodaResults {
  private final MorConfig config;
  private final StageRunner runner;

  /** Counts codas, so that chunks of an earlier one are refused. */
  private long codaNumber;

  /**
   * Results of no coda.
   *
   * @param runner runs the coda; borrowed
   */
  CodaResults(MorConfig config, StageRunner runner) {
    this.config = config;
    this.runner = runner;
  }

  /** Begins a new coda. */
  void clear() {
    codaNumber++;
  }

  /**
   * Adds a chunk to the coda.
   *
   * @param firstOutput index of the chunk's first output among those of the coda
   */
  void add(ChunkState chunk, int firstOutput) {
    chunk.enterCoda(codaNumber, firstOutput);
  }

  /**
   * Index of a chunk's first output among those of the coda. The others follow it.
   *
   * @throws IllegalStateException if the chunk was not in the last coda
   */
  public int firstOutput(Chunk chunk) {
    return ChunkState.of(chunk).firstOutput(codaNumber);
  }

  /**
   * Logits of all outputs, one after another, vocabulary values each; valid until the next coda.
   */
  public float[] logits() {
    return runner.logits();
  }

  /**
   * Logits of one output.
   *
   * @param output index among the outputs of the coda
   * @return valid until the next coda
   */
  public RowLogits logits(int output) {
    return new RowLogits(runner, output);
  }

  /**
   * Hidden states after the final norm of all outputs, one after another, {@code embd} values each.
   * Valid until the next coda.
   */
  public float[] hidden() {
    return runner.hidden();
  }

  /**
   * Router scores of a chunk, by step and row; empty for a model without routers.
   *
   * @return NaN where no score was computed, because the row did not take the step before
   * @throws IllegalStateException if the chunk was not in the last coda
   */
  public float[][] scores(Chunk chunk) {
    ChunkState state = ChunkState.of(chunk);
    state.requireIn(codaNumber);
    int steps = config.routing().isRouted() ? config.recursionCount() : 0;
    float[][] scores = new float[steps][];
    for (int step = 0; step < steps; step++) {
      scores[step] = state.router().scores(step);
    }
    return scores;
  }
}
