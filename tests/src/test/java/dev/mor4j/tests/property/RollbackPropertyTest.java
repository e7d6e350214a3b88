package dev.mor4j.tests.property;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mor4j.batch.BatchLimits;
import dev.mor4j.batch.BatchLoop;
import dev.mor4j.batch.Batching;
import dev.mor4j.batch.Chunk;
import dev.mor4j.batch.Sequence;
import dev.mor4j.batch.SequenceOptions;
import dev.mor4j.forward.ForwardPass;
import dev.mor4j.ggml.Backend;
import dev.mor4j.ggml.BackendBuffer;
import dev.mor4j.ggml.ThreadPool;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.graph.AttentionKernel;
import dev.mor4j.graph.ExecutionContext;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.kvcache.KvCapacity;
import dev.mor4j.kvcache.KvLayout;
import dev.mor4j.kvcache.KvTypes;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.Observers;
import dev.mor4j.model.RoutingMode;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.placement.Placement;
import dev.mor4j.tests.fixtures.SeededTest;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.weights.WeightLayout;
import dev.mor4j.weights.WeightLoader;
import dev.mor4j.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;

/**
 * Sequences that are rolled back at random points and generate again get the tokens, depths and
 * logits of an unbroken run, and hold as many slots.
 */
class RollbackPropertyTest {
  private static final KvTypes TYPES = new KvTypes(TensorType.F32, TensorType.F32);
  private static final BatchLimits LIMITS = new BatchLimits(3, 16, 16);
  private static final int PREFIX_LENGTH = 12;
  private static final int LENGTH = 40;

  private @TempDir Path folder;

  @SeededTest(6)
  void withSlotsForEachStep(long seed) throws IOException {
    requireSameAsUnbroken(TinyConfigs.expertChoice(KvPolicy.PER_STEP), seed);
  }

  @SeededTest(6)
  void withSlotsOfStepZeroOnly(long seed) throws IOException {
    requireSameAsUnbroken(TinyConfigs.expertChoice(KvPolicy.SHARED), seed);
  }

  @SeededTest(6)
  void withSlotsOfStepZeroThatDeeperStepsUpdate(long seed) throws IOException {
    requireSameAsUnbroken(TinyConfigs.expertChoice(KvPolicy.SHARED_UPDATE), seed);
  }

  @SeededTest(3)
  void withTokenChoice(long seed) throws IOException {
    requireSameAsUnbroken(TinyConfigs.tokenChoice(KvPolicy.PER_STEP), seed);
  }

  @SeededTest(3)
  void withLayersRepeatedInPlace(long seed) throws IOException {
    requireSameAsUnbroken(TinyConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.PER_STEP), seed);
  }

  private void requireSameAsUnbroken(MorConfig config, long seed) throws IOException {
    Path path = TinyModel.of(config, TinyConfigs.randomOptions(seed)).write(folder.resolve("m"));
    try (GgufFile file = GgufFile.open(path);
        Setup setup = new Setup(file, config)) {
      Run unbroken = new Run(setup, seed, 0).finish();
      Run broken = new Run(setup, seed, 6).finish();

      broken.requireSame(unbroken);
      unbroken.remove();
      broken.remove();
      setup.requireAllSlotsFree();
    }
  }

  /** A model that runs on this thread, as an engine's does on its own. */
  private static final class Setup implements AutoCloseable {
    final Weights weights;
    final ThreadPool threads;
    final Backend backend;
    final KvCache cache;
    final ForwardPass forwardPass;

    Setup(GgufFile file, MorConfig config) throws IOException {
      Placement placement = Placement.onCpu(config);
      weights = WeightLoader.load(file, config, placement, WeightLayout.AS_STORED);
      threads = new ThreadPool(placement.cpu(), 1);
      backend = new Backend(placement.cpu());
      backend.use(threads);
      KvLayout layout = KvLayout.of(config);
      cache =
          new KvCache(
              layout,
              TYPES,
              KvCapacity.full(layout, 6 * LENGTH),
              placement::ofBlock,
              BackendBuffer.Contents.ZEROED);
      AttentionKernel kernel =
          AttentionKernel.choose(placement.cacheDevices(), config.attention(), TYPES);
      forwardPass =
          new ForwardPass(
              new ExecutionContext(
                  config, weights, cache, kernel, List.of(backend), Observers.NONE),
              LIMITS,
              weights.steadyRows()); // the same bits in a batch of any size
    }

    MorConfig config() {
      return cache.layout().config();
    }

    void requireAllSlotsFree() {
      for (int region = 0; region < cache.layout().regions().size(); region++) {
        assertThat(cache.slots().used(region)).isZero();
      }
    }

    @Override
    public void close() {
      forwardPass.close();
      cache.close();
      backend.close();
      threads.close();
      weights.close();
    }
  }

  /**
   * Two sequences with a common prefix that generate greedily in one batch. At random points one of
   * them is rolled back, runs random draft tokens, is rolled back again, and goes on.
   */
  private static final class Run {
    private final Setup setup;
    private final BatchLoop loop;
    private final Random random;
    private final int maxDrafts;
    private final List<Sequence> sequences = new ArrayList<>();
    private final Map<Sequence, Integer> promptSizes = new HashMap<>();
    private final Map<Sequence, Draft> drafts = new HashMap<>();

    /** Logits by sequence and position. */
    private final Map<String, float[]> logits = new HashMap<>();

    private int draftCount;

    /**
     * Draft tokens that are being computed.
     *
     * @param start position of the first one
     * @param dropped the tokens that were in their place
     */
    private record Draft(int start, int[] dropped) {}

    /**
     * A run whose prompts depend on the seed.
     *
     * @param maxDrafts how often a sequence is rolled back for draft tokens
     */
    Run(Setup setup, long seed, int maxDrafts) {
      this.setup = setup;
      this.maxDrafts = maxDrafts;
      random = new Random(seed);
      loop =
          new BatchLoop(
              LIMITS,
              Batching.DEPTH_WISE,
              setup.cache.layout(),
              setup.cache.slots(),
              setup.forwardPass);
      int[] prefix = randomTokens(PREFIX_LENGTH);
      RoutingMode mode = RoutingMode.TRAINED.resolve(setup.config());
      for (int i = 0; i < 2; i++) {
        int[] rest = randomTokens(1 + random.nextInt(6));
        int[] prompt = IntStream.concat(Arrays.stream(prefix), Arrays.stream(rest)).toArray();
        SequenceOptions options = new SequenceOptions(4, false, SequenceOptions.NEWEST);
        sequences.add(new Sequence(prompt, mode, options));
        promptSizes.put(sequences.getLast(), prompt.length);
      }
    }

    private int[] randomTokens(int count) {
      return random.ints(count, 0, setup.config().vocabularySize()).toArray();
    }

    /** Generates until both sequences are complete; the second one shares the prefix. */
    Run finish() {
      loop.submit(sequences.getFirst());
      while (sequences.getFirst().completedCount() < PREFIX_LENGTH) {
        takeTurn();
      }
      loop.submit(sequences.getLast());
      while (!drafts.isEmpty()
          || sequences.stream().anyMatch(sequence -> sequence.completedCount() < LENGTH)) {
        takeTurn();
      }
      assertThat(loop.sharedTokenCount()).isEqualTo(PREFIX_LENGTH);
      assertThat(draftCount).isEqualTo(maxDrafts);
      return this;
    }

    private void takeTurn() {
      assertThat(loop.turn()).isTrue();
      for (Chunk chunk : loop.finishedChunks()) {
        Sequence sequence = chunk.sequence();
        Draft draft = drafts.get(sequence);
        boolean isComplete = chunk.endPosition() == sequence.size();
        if (draft == null && isComplete) {
          addGreedy(chunk);
          if (draftCount < maxDrafts && sequence.completedCount() >= LENGTH - draftCount) {
            beginDraft(sequence);
          }
        } else if (draft != null && isComplete) {
          drafts.remove(sequence);
          sequence.rollback(draft.start());
          int end = Math.max(promptSizes.get(sequence), draft.start() + 1);
          Arrays.stream(draft.dropped(), 0, end - draft.start()).forEach(sequence::add);
        }
      }
    }

    private void beginDraft(Sequence sequence) {
      int start = 1 + random.nextInt(sequence.completedCount() - 1);
      int[] dropped = IntStream.range(start, sequence.size()).map(sequence::token).toArray();
      sequence.rollback(start);
      Arrays.stream(randomTokens(1 + random.nextInt(dropped.length))).forEach(sequence::add);
      drafts.put(sequence, new Draft(start, dropped));
      draftCount++;
    }

    private void addGreedy(Chunk chunk) {
      Sequence sequence = chunk.sequence();
      int vocabulary = setup.config().vocabularySize();
      int start = setup.forwardPass.results().firstOutput(chunk) * vocabulary;
      float[] all = setup.forwardPass.results().logits();
      float[] row = Arrays.copyOfRange(all, start, start + vocabulary);
      logits.put(sequences.indexOf(sequence) + ":" + sequence.size(), row);
      if (sequence.size() < LENGTH) {
        sequence.add(greatest(row));
      }
    }

    private static int greatest(float[] row) {
      int best = 0;
      for (int token = 1; token < row.length; token++) {
        best = row[token] > row[best] ? token : best;
      }
      return best;
    }

    void requireSame(Run unbroken) {
      assertThat(logits.keySet()).isEqualTo(unbroken.logits.keySet());
      logits.forEach(
          (place, row) -> assertThat(row).as(place).isEqualTo(unbroken.logits.get(place)));
      for (int i = 0; i < sequences.size(); i++) {
        Sequence one = sequences.get(i);
        Sequence other = unbroken.sequences.get(i);
        assertThat(tokens(one)).isEqualTo(tokens(other));
        assertThat(depths(one)).isEqualTo(depths(other));
        assertThat(one.lease().held()).isEqualTo(other.lease().held());
      }
    }

    private static int[] tokens(Sequence sequence) {
      return IntStream.range(0, sequence.size()).map(sequence::token).toArray();
    }

    private static int[] depths(Sequence sequence) {
      return IntStream.range(0, sequence.size()).map(sequence::depth).toArray();
    }

    void remove() {
      sequences.forEach(loop::remove);
    }
  }
}
