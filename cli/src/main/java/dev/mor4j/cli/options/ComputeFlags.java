package dev.mor4j.cli.options;

import dev.mor4j.cli.output.ByteSize;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Engine;
import dev.mor4j.engine.EngineBuilder;
import dev.mor4j.engine.Model;
import dev.mor4j.placement.CacheNeed;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags for the engine: context, memory, threads and device. */
public final class ComputeFlags {
  /** The cache rounds its size up a little; more than that is the minimum that it needs. */
  private static final double PADDING = 1.1;

  @Option(
      names = {"-c", "--ctx-size"},
      paramLabel = "CTX",
      description =
          "Context size: maximum number of tokens of the prompt and the generated text together. Default: the model's context, at most 4096.")
  private @Nullable Integer contextSize;

  @Option(
      names = "--kv-cache-bytes",
      paramLabel = "SIZE",
      converter = ByteSizeConverter.class,
      description =
          "Memory limit of the K/V cache, as in 512M or 2G; sequences share it as they grow. Default: what all sequences need for full contexts.")
  private @Nullable Long kvCacheBytes;

  @Option(
      names = "--deterministic",
      description =
          "Make results independent of other texts in the batch, bit for bit. Slower with F32, F16, BF16, IQ and some Q4_K weights.")
  private boolean isDeterministic;

  @Mixin private EngineFlags engineFlags = new EngineFlags();

  /** Checks the flags before the model is read. */
  public void check() {
    engineFlags.check();
  }

  /**
   * Loads a model to the device that the flags name.
   *
   * @param sequences number of sequences that will run at the same time
   */
  public Model load(ModelOptions model, int sequences, StandardStreams streams) throws IOException {
    CacheNeed defaults = CacheNeed.DEFAULT;
    return engineFlags.load(
        model,
        new CacheNeed(
            contextSize == null ? defaults.contextSize() : Math.max(0, contextSize),
            Math.max(1, sequences),
            kvCacheBytes == null ? defaults.bytes() : Math.max(0, kvCacheBytes),
            defaults.keys(),
            defaults.values()),
        KvTypeFlags.DEFAULT,
        streams);
  }

  /** The flags that change texts by more than rounding, to compare runs. */
  public String whatChangesTexts() {
    return "-c %s %s".formatted(contextSize, engineFlags.kvTypes());
  }

  /**
   * Starts an engine and reports what is not as the flags asked.
   *
   * @param builder from {@link #engine}
   */
  public Engine start(EngineBuilder builder, StandardStreams streams) {
    Engine engine = EngineStart.of(builder, streams);
    long capacity = engine.metrics().kvCapacityBytes();
    if (kvCacheBytes != null && capacity > PADDING * kvCacheBytes) {
      streams
          .err()
          .printf(
              "mor: --kv-cache-bytes: raised from %s to %s, which one full context needs (set by -c)%n",
              ByteSize.text(kvCacheBytes), ByteSize.text(capacity));
    }
    return engine;
  }

  /** A builder of an engine with the flags' settings. */
  public EngineBuilder engine(Model model) {
    EngineBuilder builder = engineFlags.applyTo(Engine.builder(model), KvTypeFlags.DEFAULT);
    if (contextSize != null) {
      builder.contextSize(contextSize);
    }
    if (kvCacheBytes != null) {
      builder.kvCacheBytes(kvCacheBytes);
    }
    return builder.deterministic(isDeterministic);
  }
}
