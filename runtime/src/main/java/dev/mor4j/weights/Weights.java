package dev.mor4j.weights;

import dev.mor4j.ggml.Tensor;
import dev.mor4j.model.LayerRun;
import dev.mor4j.placement.Placement;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All tensors of a model, checked and placed: read-only, shared by any number of engines. Owns
 * their metadata and copies, not the mapped file. Close it after all who compute with it.
 */
public final class Weights implements AutoCloseable {
  private final PlacedTensors tensors;
  private final Ends ends;
  private final Map<LayerRun, BlockWeights> blocks;
  private final Routers routers;

  /**
   * What stands before and behind the layers.
   *
   * @param tokenEmbedding [E, vocabulary]
   * @param outputNorm F32 [E]
   * @param output [E, vocabulary], the embedding itself where they are tied
   */
  record Ends(Tensor tokenEmbedding, Tensor outputNorm, Tensor output) {}

  /**
   * The routers, none in models without.
   *
   * @param main one for each step (expert choice) or one in all (token choice)
   * @param auxiliary one for each step, or none
   * @param bias added to token choice's scores before the argmax; on the host, one a step, or empty
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

  /** The tensors that one execution of a stored block uses. */
  public BlockWeights block(LayerRun run) {
    BlockWeights weights = blocks.get(run);
    if (weights == null) {
      throw new IllegalArgumentException("the model has no " + run);
    }
    return weights;
  }

  /** The router that is asked before {@code step}; empty where none is. */
  public Optional<RouterWeights> router(int step) {
    return step < routers.main().size() ? Optional.of(routers.main().get(step)) : Optional.empty();
  }

  /** The auxiliary router of {@code step}; empty where there is none. */
  public Optional<RouterWeights> auxiliaryRouter(int step) {
    return step < routers.auxiliary().size()
        ? Optional.of(routers.auxiliary().get(step))
        : Optional.empty();
  }

  /** Which device each of them is on. */
  public Placement placement() {
    return tensors.placement();
  }

  /** Numbers of rows that give each row the same bits, whatever the others are. */
  public RowPadding steadyRows() {
    return tensors.steadyRows();
  }

  /** Numbers of rows that are computed fastest. */
  public RowPadding fastRows() {
    return tensors.fastRows();
  }

  /** Token choice's bias, one value a step; empty where there is none. */
  public float[] routerBias() {
    return routers.bias().clone();
  }

  @Override
  public void close() {
    tensors.close();
  }
}
