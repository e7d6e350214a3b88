package dev.mor4j.graph;

import dev.mor4j.ggml.Backend;
import dev.mor4j.kvcache.KvCache;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.Observers;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.weights.Weights;
import java.util.List;

/**
 * What all graphs of one engine read, write and run on. The record borrows everything: its creator
 * keeps the parts open for as long as graphs run.
 *
 * @param config hyperparameters of the model
 * @param weights the model's tensors, already placed on their devices
 * @param cache keys and values of all sequences
 * @param kernel form of attention that every device of the cache runs
 * @param backends one for each device that computes; the CPU's is the last
 * @param observers called on the thread that runs the graphs
 */
public record ExecutionContext(
    MorConfig config,
    Weights weights,
    KvCache cache,
    AttentionKernel kernel,
    List<Backend> backends,
    Observers observers) {

  public ExecutionContext {
    backends = List.copyOf(backends);
    if (backends.isEmpty()) {
      throw new IllegalArgumentException("backends: expected at least the CPU's, found none");
    }
  }

  /** The order in which blocks run for a token of full depth. */
  public RecursionPlan fullPlan() {
    return RecursionPlan.of(config.recursion(), config.recursionCount());
  }

  /** Which recursion steps can share a batch; an observer sees each step alone. */
  public StepGroups stepGroups() {
    return observers.arePresent()
        ? StepGroups.separate(fullPlan())
        : StepGroups.of(fullPlan(), weights, cache.layout());
  }

  /** Where the layer is whose output only the head reads; an observer sees all rows of it. */
  public LastLayer lastLayer() {
    return LastLayer.of(config, observers.arePresent());
  }
}
