package dev.mor4j.model;

import org.jspecify.annotations.Nullable;

/**
 * Observers of values inside the forward pass.
 *
 * @param activations receives what enters the weight matrices; null for none
 * @param nodes receives named tensors; null for none
 */
public record Observers(@Nullable ActivationObserver activations, @Nullable NodeObserver nodes) {
  /** No observers. */
  public static final Observers NONE = new Observers(null, null);

  /** Whether there is an observer, so that all rows have to be computed and none may be padding. */
  public boolean arePresent() {
    return activations != null || nodes != null;
  }
}
