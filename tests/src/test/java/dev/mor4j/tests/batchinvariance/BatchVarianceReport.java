package dev.mor4j.tests.batchinvariance;

import dev.mor4j.engine.GenerationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.engine.Token;
import dev.mor4j.tests.fixtures.Answer;
import dev.mor4j.tests.fixtures.MixedRequests;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Counts the answers that differ between batched and single requests if the engine is not {@code
 * deterministic}, and prints the log-probabilities at the first difference. Arguments: GGUF files
 * with a tokenizer.
 */
public final class BatchVarianceReport {
  private static final int TEXTS = 128;

  private BatchVarianceReport() {}

  /** Prints a line per file and number of sequences, and a line per difference. */
  public static void main(String[] files) throws IOException {
    List<GenerationRequest> requests = MixedRequests.of(11, TEXTS);
    for (String file : files) {
      try (Model model = Model.load(Path.of(file))) {
        List<Answer> alone = BatchSetting.alone(BatchSetting.builder(model), requests);
        for (int parallel : new int[] {3, 8, 32}) {
          report(
              "%s, %d at a time".formatted(Path.of(file).getFileName(), parallel),
              alone,
              BatchSetting.DEFAULT.answers(BatchSetting.builder(model), parallel, requests));
        }
      }
    }
  }

  private static void report(String what, List<Answer> alone, List<Answer> together) {
    int differing = 0;
    int otherDepths = 0;
    int otherBits = 0;
    for (int i = 0; i < alone.size(); i++) {
      Answer one = alone.get(i);
      Answer other = together.get(i);
      otherBits += one.tokens().equals(other.tokens()) ? 0 : 1;
      otherDepths += one.depths().equals(other.depths()) ? 0 : 1;
      if (!one.ids().equals(other.ids())) {
        differing++;
        explain(i, one.tokens(), other.tokens());
      }
    }
    System.out.printf(
        "%s: %d of %d texts differ, %d in depths, %d in bits of log-probabilities%n",
        what, differing, alone.size(), otherDepths, otherBits);
  }

  private static void explain(int text, List<Token> one, List<Token> other) {
    for (int i = 0; i < one.size(); i++) {
      Token first = one.get(i);
      Token second = other.get(i);
      if (first.id() != second.id() || first.depth() != second.depth()) {
        System.out.printf(
            "  text %d (%s), token %d: depth %d and %d, log-probabilities of the two most likely tokens"
                + " %s and %s%n",
            text,
            text % 2 == 0 ? "greedy" : "seeded",
            i,
            first.depth(),
            second.depth(),
            first.topLogProbabilities(),
            second.topLogProbabilities());
        return;
      }
    }
  }
}
