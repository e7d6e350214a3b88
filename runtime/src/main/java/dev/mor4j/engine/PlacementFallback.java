package dev.mor4j.engine;

import dev.mor4j.ggml.CancelFlag;
import dev.mor4j.placement.Placement;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Holds the model's weights for one engine, and falls back to a smaller placement when device
 * memory runs out while the engine starts, provided that the choice of device was left to the
 * library. Created on the thread that builds the engine, used by the engine's thread, and released
 * after that has ended.
 */
final class PlacementFallback {
  private static final Logger LOGGER = System.getLogger("dev.mor4j.engine");

  private final Model model;
  private SharedWeights weights;
  private List<String> warnings = List.of();

  /** Keeps the weights from being freed until {@link #release}. */
  PlacementFallback(Model model) {
    this.model = model;
    weights = model.retain();
  }

  /**
   * Allocates what the engine's thread needs, on the largest placement that fits.
   *
   * @throws EngineException if no placement fits, or if a device was named and the engine does not
   *     fit it; also if the model file was overwritten since it was loaded
   */
  EngineResources open(EngineOptions options, CancelFlag cancelFlag) {
    requireUnchangedFile();
    @Nullable InsufficientMemory first = null;
    while (true) {
      try {
        EngineResources resources =
            new EngineResources(model.config(), weights.weights(), options, cancelFlag);
        LOGGER.log(
            Level.DEBUG,
            () ->
                "%s: an engine starts: context of %s tokens, %s sequences, %s threads, %s"
                    .formatted(
                        model.path(),
                        options.contextSize(),
                        options.limits().sequences(),
                        options.threadCount(),
                        placement()));
        resources
            .forwardPass()
            .fallbacks()
            .forEach(fallback -> LOGGER.log(Level.DEBUG, () -> "fallback: " + fallback));
        if (first != null) {
          warnings = List.of(first.description() + ": now " + placement());
          LOGGER.log(Level.DEBUG, warnings.getFirst());
        }
        return resources;
      } catch (InsufficientMemory.Failure failure) {
        first = first == null ? failure.memory() : first;
        weights = smaller(options, failure);
      }
    }
  }

  private void requireUnchangedFile() {
    try {
      model.requireUnchangedFile();
    } catch (IOException changed) {
      throw new EngineException(String.valueOf(changed.getMessage()), changed);
    }
  }

  private SharedWeights smaller(EngineOptions options, InsufficientMemory.Failure failure) {
    InsufficientMemory memory = failure.memory();
    try {
      Optional<SharedWeights> smaller = model.placeLess(weights, options.cacheNeed());
      return smaller.orElseThrow(
          () ->
              new EngineException(
                  "%s: %s: %s".formatted(model.path(), memory.description(), memory.advice()),
                  failure));
    } catch (IOException unreadable) {
      throw new EngineException(
          "%s: %s, and moving parts to the CPU failed: %s"
              .formatted(model.path(), memory.description(), unreadable.getMessage()),
          unreadable);
    }
  }

  /** The device of each part. */
  Placement placement() {
    return weights.weights().placement();
  }

  /** Which parts moved to the CPU, and why: one line or none. */
  List<String> warnings() {
    return warnings;
  }

  /** Releases the weights. */
  void release() {
    model.release(weights);
  }
}
