package dev.mor4j.cli.bench;

import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlLibrary;

/**
 * The machine and the software that measure.
 *
 * @param version of mor
 * @param ggmlVersion of ggml
 * @param cpu description of the processor
 */
public record BenchMachine(String version, String ggmlVersion, String cpu) {

  /** The machine that this process runs on. */
  public static BenchMachine here(String version) {
    return new BenchMachine(
        version, GgmlLibrary.load().version(), Device.cpu().properties().description());
  }
}
