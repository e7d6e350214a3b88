package dev.mor4j.engine;

import dev.mor4j.model.MorConfig;

/** Collects the results of all chunks of a sequence. */
final class EvaluationCollector implements EvaluationReader {
  private final int vocabulary;
  private final float[] logits;
  private final int[] depths;
  private final float[][] scores;

  EvaluationCollector(MorConfig config, int tokenCount) {
    vocabulary = config.vocabularySize();
    logits = new float[Math.multiplyExact(tokenCount, vocabulary)];
    depths = new int[tokenCount];
    scores = new float[config.routing().isRouted() ? config.recursionCount() : 0][tokenCount];
  }

  @Override
  public void accept(EvaluatedRows rows) {
    int start = rows.firstPosition();
    int count = rows.depths().length;
    System.arraycopy(rows.logits(), 0, logits, start * vocabulary, rows.logits().length);
    System.arraycopy(rows.depths(), 0, depths, start, count);
    for (int step = 0; step < scores.length; step++) {
      System.arraycopy(rows.routerScores()[step], 0, scores[step], start, count);
    }
  }

  Evaluation evaluation() {
    return new Evaluation(logits, depths, scores);
  }
}
