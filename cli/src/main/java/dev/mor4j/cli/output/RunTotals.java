package dev.mor4j.cli.output;

import dev.mor4j.engine.FinishReason;
import dev.mor4j.engine.GenerationStatistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Sums the statistics of the texts of one command. */
public final class RunTotals {
  private final List<Long> depthCounts = new ArrayList<>();
  private final Map<String, Long> kvBytes = new LinkedHashMap<>();
  private Duration promptTime = Duration.ZERO;
  private Duration generationTime = Duration.ZERO;
  private FinishReason finishReason = FinishReason.CANCELLED;
  private int promptTokens;
  private int generatedTokens;
  private int count;

  /** Adds a text. Of the sizes of the K/V cache, the maximum counts. */
  public void add(GenerationStatistics generation) {
    count++;
    promptTokens += generation.promptTokens();
    promptTime = promptTime.plus(generation.promptTime());
    generatedTokens += generation.generatedTokens();
    generationTime = generationTime.plus(generation.generationTime());
    finishReason = generation.finishReason();
    for (int depth = 0; depth < generation.depthCounts().size(); depth++) {
      if (depth == depthCounts.size()) {
        depthCounts.add(0L);
      }
      depthCounts.set(depth, depthCounts.get(depth) + generation.depthCounts().get(depth));
    }
    generation.kvBytes().forEach((part, bytes) -> kvBytes.merge(part, bytes, Math::max));
  }

  /** Number of texts. */
  public int count() {
    return count;
  }

  /** The sum; its finish reason is that of the last text. */
  public GenerationStatistics sum() {
    return new GenerationStatistics(
        promptTokens,
        promptTime,
        generatedTokens,
        generationTime,
        depthCounts,
        kvBytes,
        finishReason);
  }
}
