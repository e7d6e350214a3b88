package dev.mor4j.cli.options;

import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.Model;
import dev.mor4j.placement.CacheNeed;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags that say where text is computed, and with how much memory. */
public final class ComputeFlags {
  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "CTX",
      description =
          "Most tokens of prompt and text together; the model's own context, at most 4096, if not said.")
  private @Nullable Integer contextSize;

  @Option(
      names = "--kv-cache-bytes",
      paramLabel = "SIZE",
      converter = ByteSizeConverter.class,
      description =
          "Memory for keys and values, as in 512M or 2G; what full contexts need, if not said. With less, sequences share it as they grow.")
  private @Nullable Long kvCacheBytes;

  @Option(
      names = "--deterministic",
      description =
          "Write the same text to the last bit whatever else runs; costs some speed with weights in f32, f16 or bf16.")
  private boolean isDeterministic;

  @Mixin private EngineFlags engineFlags = new EngineFlags();

  /** Tells mistakes before the model is read. */
  public void check() {
    engineFlags.check();
  }

  /**
   * Loads a model to where the flags say.
   *
   * @param sequences that will run at a time
   */
  public Model load(ModelOptions model, int sequences, StandardStreams streams) throws IOException {
    CacheNeed usual = CacheNeed.DEFAULT;
    return engineFlags.load(
        model,
        new CacheNeed(
            contextSize == null ? usual.contextSize() : Math.max(0, contextSize),
            Math.max(1, sequences),
            kvCacheBytes == null ? usual.bytes() : Math.max(0, kvCacheBytes),
            usual.keys(),
            usual.values()),
        KvTypeFlags.USUAL,
        streams);
  }

  /** What was said of all that changes texts by more than rounding. */
  public String whatChangesTexts() {
    return "-c %s %s".formatted(contextSize, engineFlags.kvTypes());
  }

  /** An engine as the flags want it. */
  public EngineBuilder engine(Model model) {
    EngineBuilder builder = engineFlags.applyTo(Engine.builder(model), KvTypeFlags.USUAL);
    if (contextSize != null) {
      builder.contextSize(contextSize);
    }
    if (kvCacheBytes != null) {
      builder.kvCacheBytes(kvCacheBytes);
    }
    return builder.deterministic(isDeterministic);
  }
}
