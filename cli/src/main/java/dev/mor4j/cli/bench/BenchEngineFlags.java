package dev.mor4j.cli.bench;

import dev.mor4j.cli.options.DeviceFlags;
import dev.mor4j.cli.options.KvTypeFlags;
import dev.mor4j.cli.terminal.StandardStreams;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.placement.CacheNeed;
import dev.mor4j.placement.Processors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Flags for the engines to measure. */
public final class BenchEngineFlags {
  @Option(
      names = {"-b", "--parallel"},
      paramLabel = "N",
      split = ",",
      defaultValue = "1",
      description = "Number of sequences that run at the same time. Default: ${DEFAULT-VALUE}.")
  private List<Integer> parallel = List.of();

  @Option(
      names = {"-t", "--threads"},
      paramLabel = "N",
      split = ",",
      description =
          "Number of compute threads. Default: one per performance core (see mor devices).")
  private List<Integer> threads = List.of(Processors.here().threads());

  @Option(
      names = {"-ub", "--ubatch-size"},
      paramLabel = "N",
      defaultValue = "512",
      description = "Maximum number of prompt tokens per batch. Default: ${DEFAULT-VALUE}.")
  private int batchSize = 512;

  @Mixin private KvTypeFlags kvTypeFlags = new KvTypeFlags();

  @Option(
      names = "--lockstep",
      description =
          "Lockstep batching, for comparison: sequences whose tokens stop early wait for the deepest token.")
  private boolean isLockstep;

  @Mixin private DeviceFlags deviceFlags = new DeviceFlags();

  /**
   * Loads a model to the device that the flags name.
   *
   * @param contextSize of the longest test
   */
  Model load(Path model, int contextSize, StandardStreams streams) throws IOException {
    int most = parallel.stream().mapToInt(Integer::intValue).max().orElse(1);
    CacheNeed defaults = CacheNeed.DEFAULT;
    CacheNeed need =
        new CacheNeed(
            Math.max(0, contextSize), Math.max(1, most), 0, defaults.keys(), defaults.values());
    return deviceFlags.load(model, kvTypeFlags.applyTo(need, KvTypeFlags.DEFAULT), streams);
  }

  /** One setup for each combination of listed values. */
  List<EngineSetup> setups() {
    TensorType keys = kvTypeFlags.keys(KvTypeFlags.DEFAULT);
    TensorType values = kvTypeFlags.values(KvTypeFlags.DEFAULT);
    List<EngineSetup> setups = new ArrayList<>();
    for (int threadCount : threads) {
      for (int sequences : parallel) {
        setups.add(new EngineSetup(threadCount, sequences, batchSize, keys, values, isLockstep));
      }
    }
    return setups;
  }
}
