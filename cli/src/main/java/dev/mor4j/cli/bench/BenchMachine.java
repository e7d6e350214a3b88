package dev.mor4j.cli.bench;

import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.GgmlLibrary;

/**
 * What measures.
 *
 * @param version of mor
 * @param ggmlVersion of ggml
 * @param cpu the processor, in words
 */
public record BenchMachine(String version, String ggmlVersion, String cpu) {

  /** This one. */
  public static BenchMachine here(String version) {
    return new BenchMachine(
        version, GgmlLibrary.load().version(), Device.cpu().properties().description());
  }
}
