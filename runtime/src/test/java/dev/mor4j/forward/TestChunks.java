package dev.mor4j.forward;

import dev.mor4j.batch.BatchLimits;
import dev.mor4j.batch.BatchLoop;
import dev.mor4j.batch.Batching;
import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.batch.SequenceOptions;
import dev.mor4j.batch.StageWork;
import dev.mor4j.kvcache.KvCapacity;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvSlots;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingMode;
import java.util.ArrayList;
import java.util.List;

/** Makes chunks as a batch loop does, and computes nothing. */
final class TestChunks {
  private TestChunks() {}

  /** The only chunk of a new sequence. */
  static Chunk of(MorConfig config, RoutingMode mode, int[] tokens, SequenceOptions options) {
    KvLayout layout = KvLayout.of(config);
    KvSlots slots = new KvSlots(layout, KvCapacity.full(layout, tokens.length));
    List<Chunk> entered = new ArrayList<>();
    BatchLimits limits = new BatchLimits(1, tokens.length, tokens.length);
    BatchLoop loop =
        new BatchLoop(limits, Batching.DEPTH_WISE, layout, slots, new Recorder(entered));
    loop.submit(new Sequence(tokens, mode.resolve(config), options));
    loop.turn();
    return entered.getFirst();
  }

  /** Records the chunks that enter, and cancels the turn. */
  private record Recorder(List<Chunk> entered) implements StageWork {
    @Override
    public boolean prelude(List<Chunk> chunks) {
      entered.addAll(chunks);
      return false;
    }

    @Override
    public boolean sharedBlock(List<Chunk> chunks) {
      throw new AssertionError("cancelled at the prelude");
    }

    @Override
    public boolean coda(List<Chunk> chunks) {
      throw new AssertionError("cancelled at the prelude");
    }

    @Override
    public void release(Chunk chunk) {}
  }
}
