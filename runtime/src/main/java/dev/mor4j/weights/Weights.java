package dev.mor4j.weights;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.model.LayerRun;
import dev.mor4j.placement.Placement;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All tensors of a model, checked and placed: read-only, shared by any number of engines. Owns
 * their metadata and copies, not the mapped file. Close it after the engines that compute with it.
 */
public final class Weights implements AutoCloseable {
  private final PlacedTensors tensors;
  private final Ends ends;
  private final Map<LayerRun, BlockWeights> blocks;
  private final Routers routers;

  /**
   * The tensors before and after the layers.
   *
   * @param tokenEmbedding [E, vocabulary]
   * @param outputNorm F32 [E]
   * @param output [E, vocabulary], the token embedding if the head is tied
   */
  record Ends(Tensor tokenEmbedding, Tensor outputNorm, Tensor output) {}

  /**
   * The routers; no routers in models without routing.
   *
   * @param main one router per step (expert choice) or one for all steps (token choice)
   * @param auxiliary one router per step, or none
   * @param bias token choice: added to the scores before the argmax, one value per step, in host
   *     memory; empty if the model has none
   */
  record Routers(List<RouterWeights> main, List<RouterWeights> auxiliary, float[] bias) {}

  Weights(PlacedTensors tensors, Ends ends, Map<LayerRun, BlockWeights> blocks, Routers routers) {
    this.tensors = tensors;
    this.ends = ends;
    this.blocks = Map.copyOf(blocks);
    this.routers = routers;
  }

  /** [embedding, vocabulary]. */
  public Tensor tokenEmbedding() {
    return ends.tokenEmbedding();
  }

  /** F32 [embedding]. */
  public Tensor outputNorm() {
    return ends.outputNorm();
  }

  /** [embedding, vocabulary]. */
  public Tensor output() {
    return ends.output();
  }

  /** The tensors of one execution of a stored block. */
  public BlockWeights block(LayerRun run) {
    BlockWeights weights = blocks.get(run);
    if (weights == null) {
      throw new IllegalArgumentException("the model has no " + run);
    }
    return weights;
  }

  /** The router that decides on {@code step}; empty if none does. */
  public Optional<RouterWeights> router(int step) {
    return step < routers.main().size() ? Optional.of(routers.main().get(step)) : Optional.empty();
  }

  /** The auxiliary router of {@code step}; empty if there is none. */
  public Optional<RouterWeights> auxiliaryRouter(int step) {
    return step < routers.auxiliary().size()
        ? Optional.of(routers.auxiliary().get(step))
        : Optional.empty();
  }

  /** The device of each part of the model. */
  public Placement placement() {
    return tensors.placement();
  }

  /** Row counts for batch-invariant results. */
  public RowPadding steadyRows() {
    return tensors.steadyRows();
  }

  /** Row counts that are computed fastest. */
  public RowPadding fastRows() {
    return tensors.fastRows();
  }

  /** The bias of token choice, one value per step; empty if there is none. */
  public float[] routerBias() {
    return routers.bias().clone();
  }

  @Override
  public void close() {
    tensors.close();
  }
}
