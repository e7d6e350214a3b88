package dev.mor4j.engine;

import dev.mor4j.placement.DeviceOptions;

/**
 * Options for loading a model.
 *
 * @param device where the model is computed
 * @param weights how weights on devices that share the host's memory are stored there; devices with
 *     memory of their own always get copies
 */
public record LoadOptions(DeviceOptions device, WeightStorage weights) {
  /** The CPU, with weights mapped and repacked where that is faster. */
  public static final LoadOptions DEFAULT =
      new LoadOptions(DeviceOptions.CPU, WeightStorage.MAPPED);

  /** How weights are stored in the host's memory. */
  public enum WeightStorage {
    /**
     * The file is mapped, and matrices that the CPU multiplies faster in another layout are
     * repacked into memory. The file must not be changed while the model is open.
     */
    MAPPED,
    /**
     * The file is mapped and nothing is repacked. Takes the least memory, which is shared with
     * other processes, and is slower for types with a faster layout (Q4_0 and Q4_K on most CPUs).
     * The file must not be changed while the model is open.
     */
    MAPPED_AS_STORED,
    /**
     * All weights are copied into memory, repacked where that is faster. Loading reads the whole
     * file and takes memory for all of it, but the file may be overwritten afterwards. An engine
     * that later has to move parts to the CPU reads the file again, and fails if it has changed.
     */
    COPIED
  }

  /** These options with another device. */
  public LoadOptions withDevice(DeviceOptions options) {
    return new LoadOptions(options, weights);
  }

  /** These options with another storage of the weights. */
  public LoadOptions withWeights(WeightStorage storage) {
    return new LoadOptions(device, storage);
  }
}
