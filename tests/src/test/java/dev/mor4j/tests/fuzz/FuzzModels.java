package dev.mor4j.tests.fuzz;

import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.KvPolicy;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RopePairing;
import dev.mor4j.model.SharingPattern;
import dev.mor4j.tests.fixtures.TinyConfigs;
import dev.mor4j.tests.fixtures.TinyLlama;
import dev.mor4j.tests.fixtures.TinyModel;
import dev.mor4j.tests.fixtures.TinyOptions;
import java.util.List;
import java.util.stream.Stream;

/** Small models of each kind to damage, created again for each test, since tests modify them. */
final class FuzzModels {
  static final int COUNT = 5;

  private FuzzModels() {}

  static TinyModel get(int index) {
    return index < COUNT - 1 ? mor(index) : llama();
  }

  private static TinyModel llama() {
    TinyOptions untied = new TinyOptions(1, false, false, false, false, false, TensorType.F32);
    MorConfig config = TinyLlama.config(RopePairing.ADJACENT, 16);
    return TinyLlama.renamed(TinyModel.of(small(config), untied));
  }

  private static TinyModel mor(int index) {
    MorConfig config =
        List.of(
                TinyConfigs.expertChoice(KvPolicy.PER_STEP),
                TinyConfigs.expertChoice(KvPolicy.SHARED_UPDATE),
                TinyConfigs.tokenChoice(KvPolicy.SHARED),
                TinyConfigs.recursive(SharingPattern.SEQUENCE, KvPolicy.PER_STEP))
            .get(index);
    return TinyModel.of(
        small(config), new TinyOptions(1, false, false, false, index == 3, true, TensorType.F32));
  }

  static Stream<TinyModel> all() {
    return Stream.iterate(0, index -> index + 1).limit(COUNT).map(FuzzModels::get);
  }

  /** Few weights, so that most mutations hit metadata or tensor entries. */
  private static MorConfig small(MorConfig config) {
    return new MorConfig(
        config.name(),
        config.contextLength(),
        16,
        16,
        16,
        new AttentionConfig(2, 1, 8, 1e-5f, 10_000, 8),
        config.recursion(),
        config.routing(),
        config.kvPolicy());
  }
}
