package dev.mor4j.engine;

import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.forward.CodaResults;
import java.util.Map;
import java.util.Optional;

/** Computes a shared prompt prefix and leaves its keys and values in the cache. */
final class PrefixTask extends EngineTask<Sequence> {

  PrefixTask(Sequence sequence) {
    super(sequence, Optional.empty());
  }

  @Override
  void recordDepth(int position, int depth) {}

  @Override
  Optional<FinishReason> read(Chunk chunk, CodaResults results) {
    return lengthIfLast(chunk);
  }

  @Override
  boolean keepsSequence(FinishReason reason) {
    return reason == FinishReason.LENGTH;
  }

  @Override
  Sequence result(FinishReason reason, Map<String, Long> kvBytes) {
    requireFinished(reason, "computation of the prefix");
    return sequence();
  }
}
