package dev.mor4j.engine;

import dev.mor4j.ggml.CancelFlag;
import dev.mor4j.placement.Placement;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An engine's hold on its model's weights. Where an engine does not fit and the choice of device
 * was left open, it moves to where less is on the device, at worst nothing. Begins on the thread
 * that makes the engine, is opened on the engine's, and is released when that has ended.
 */
final class Foothold {
  private final Model model;
  private WeightsHold hold;
  private List<String> warnings = List.of();

  /** Keeps the model's weights from being freed until {@link #release}. */
  Foothold(Model model) {
    this.model = model;
    hold = model.retain();
  }

  /**
   * All that the engine's thread owns, where it fits.
   *
   * @throws EngineException if it does not fit anywhere, or not on the device that was named
   */
  Workbench open(EngineOptions options, CancelFlag cancelFlag) {
    @Nullable Shortage first = null;
    while (true) {
      try {
        Workbench bench = new Workbench(model.config(), hold.weights(), options, cancelFlag);
        warnings = first == null ? List.of() : List.of(first.words() + ": now " + placement());
        return bench;
      } catch (Shortage.Failure failure) {
        first = first == null ? failure.shortage() : first;
        hold = smaller(options, failure);
      }
    }
  }

  private WeightsHold smaller(EngineOptions options, Shortage.Failure failure) {
    Shortage shortage = failure.shortage();
    try {
      Optional<WeightsHold> smaller = model.retreat(hold, options.cacheNeed());
      return smaller.orElseThrow(
          () ->
              new EngineException(
                  "%s: %s: %s".formatted(model.path(), shortage.words(), shortage.advice()),
                  failure));
    } catch (IOException unreadable) {
      throw new EngineException(
          "%s: %s, and moving it failed: %s"
              .formatted(model.path(), shortage.words(), unreadable.getMessage()),
          unreadable);
    }
  }

  /** Where each part is. */
  Placement placement() {
    return hold.weights().placement();
  }

  /** What moved to the CPU, and why: a line, or none. */
  List<String> warnings() {
    return warnings;
  }

  /** Gives the weights back. */
  void release() {
    model.release(hold);
  }
}
