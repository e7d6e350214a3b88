package dev.mor4j.engine;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.forward.CodaResults;
import java.util.Map;
import java.util.Optional;

/** Computes the last hidden states of one text, without the head, and pools them. */
final class EmbeddingTask extends EngineTask<Embedding> {
  private final boolean isNormalized;
  private final int length;
  private final HiddenPool pool;
  private final int[] depths;

  /**
   * @param sequence requests the hidden states that the pooling needs
   * @param length size of a hidden state
   */
  EmbeddingTask(EmbeddingRequest request, Sequence sequence, int length) {
    super(sequence, request.timeLimit());
    this.length = length;
    isNormalized = request.isNormalized();
    depths = new int[sequence.size()];
    pool = new HiddenPool(request.pooling(), length, sequence.size());
  }

  @Override
  void recordDepth(int position, int depth) {
    depths[position] = depth;
  }

  @Override
  Optional<FinishReason> read(Chunk chunk, CodaResults results) {
    int count = chunk.outputCount();
    if (count > 0) {
      float[] states = results.hidden();
      int first = results.firstOutput(chunk);
      FiniteResults.require(
          new FiniteResults.Rows("hidden states", states, length, first, count),
          chunk.firstPosition() + chunk.rowCount() - count);
      for (int i = first; i < first + count; i++) {
        pool.add(states, i * length);
      }
    }
    return lengthIfLast(chunk);
  }

  @Override
  Embedding result(FinishReason reason, Map<String, Long> kvBytes) {
    requireFinished(reason, "computation of the embedding");
    return new Embedding(length, pool.vectors(isNormalized), depths);
  }
}
