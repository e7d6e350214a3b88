package dev.mor4j.engine;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.forward.CodaResults;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/** Evaluates one sequence chunk by chunk and passes each chunk's results to a reader. */
final class EvaluationTask extends EngineTask<Boolean> {
  private final int vocabulary;
  private final EvaluationReader reader;
  private final int[] depths;

  /** Tokens whose results the reader has received. */
  private int reported;

  EvaluationTask(Sequence sequence, int vocabulary, EvaluationReader reader) {
    super(sequence, Optional.empty());
    this.vocabulary = vocabulary;
    this.reader = reader;
    depths = new int[sequence.size()];
  }

  @Override
  void recordDepth(int position, int depth) {
    depths[position] = depth;
  }

  @Override
  Optional<FinishReason> read(Chunk chunk, CodaResults results) {
    int end = chunk.firstPosition() + chunk.rowCount();
    float[][] scores = results.scores(chunk);
    if (reported < chunk.firstPosition()) {
      reportShared(chunk.firstPosition(), scores.length);
    }
    if (reported < end) {
      float[] logits = logits(chunk, results);
      FiniteResults.require(
          new FiniteResults.Rows("logits", logits, vocabulary, 0, chunk.outputCount()),
          end - chunk.outputCount());
      int first = reported - chunk.firstPosition(); // a preempted sequence computes tokens again
      for (int step = 0; step < scores.length; step++) {
        scores[step] = Arrays.copyOfRange(scores[step], first, chunk.rowCount());
      }
      report(end, end - chunk.outputCount(), logits, scores);
    }
    return lengthIfLast(chunk);
  }

  /** Reports tokens taken over from another sequence, of which only the depths are known. */
  private void reportShared(int end, int steps) {
    float[][] scores = new float[steps][end - reported];
    for (float[] unknown : scores) {
      Arrays.fill(unknown, Float.NaN);
    }
    report(end, end, new float[0], scores);
  }

  private void report(int end, int firstOutput, float[] logits, float[][] scores) {
    int[] known = Arrays.copyOfRange(depths, reported, end);
    reader.accept(new EvaluatedRows(reported, firstOutput, logits, known, scores));
    reported = end;
  }

  /** The logits of a chunk: the batch's own array if it holds no other chunk's logits. */
  private float[] logits(Chunk chunk, CodaResults results) {
    int count = chunk.outputCount() * vocabulary;
    int start = results.firstOutput(chunk) * vocabulary;
    if (count == 0) {
      return new float[0];
    }
    float[] all = results.logits();
    return count == all.length ? all : Arrays.copyOfRange(all, start, start + count);
  }

  @Override
  Boolean result(FinishReason reason, Map<String, Long> kvBytes) {
    requireFinished(reason, "evaluation");
    return true;
  }
}
