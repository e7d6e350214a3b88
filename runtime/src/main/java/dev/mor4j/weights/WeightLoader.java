package dev.mor4j.weights;

import dev.mor4j.architecture.Architectures;
import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;
import dev.mor4j.placement.Placement;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds every tensor that a model needs in its file, checks type and shape, and places it. */
public final class WeightLoader {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final GgufFile file;
  private final MorConfig config;
  private final TensorFinder finder;
  private final PlacedTensors tensors;
  private final Placement placement;

  private WeightLoader(MorConfig config, TensorFinder finder, PlacedTensors tensors) {
    this.file = finder.file();
    this.config = config;
    this.finder = finder;
    this.tensors = tensors;
    placement = tensors.placement();
  }

  /**
   * Places the tensors. Those on the CPU are read where the file is mapped, without a copy, except
   * for matrices that the CPU multiplies faster in a layout of its own. Those on a device with
   * memory of its own are copied there.
   *
   * @param file stays open as long as the weights
   * @param placement which device computes which part
   * @param layout whether matrices on the CPU may be copied
   * @throws GgufFormatException if a tensor is missing, or has another type or shape than the model
   *     needs
   * @throws dev.mor4j.ggml.GgmlException if a device cannot be started or has too little memory
   */
  public static Weights load(
      GgufFile file, MorConfig config, Placement placement, WeightLayout layout)
      throws GgufFormatException {
    TensorFinder finder = new TensorFinder(file, Architectures.of(file.metadata()).tensors(config));
    PlacedTensors tensors = new PlacedTensors(file, placement, layout);
    try {
      return new WeightLoader(config, finder, tensors).load();
    } catch (GgufFormatException | RuntimeException | Error failure) {
      tensors.close();
      throw failure;
    }
  }

  private Weights load() throws GgufFormatException {
    Weights.Ends ends = ends();
    finder.requireSharedOrEveryStep();
    Weights weights = new Weights(tensors, ends, blocks(), routers());
    tensors.fill();
    return weights;
  }

  private Weights.Ends ends() throws GgufFormatException {
    GgufTensorInfo embedding = required(TensorId.of(TensorRole.TOKEN_EMBEDDING), 0);
    GgufTensorInfo norm = required(TensorId.of(TensorRole.OUTPUT_NORM), 0);
    GgufTensorInfo output = finder.find(TensorId.of(TensorRole.OUTPUT)).orElse(embedding);
    Device head = placement.ofHead();
    return new Weights.Ends(
        tensors.place(embedding, placement.cpu()),
        tensors.place(norm, head),
        tensors.placeForProducts(output, head));
  }

  private Map<LayerRun, BlockWeights> blocks() throws GgufFormatException {
    RecursionPlan plan = RecursionPlan.of(config.recursion(), config.recursionCount());
    Map<LayerRun, BlockWeights> blocks = new HashMap<>();
    for (LayerRun run : plan.runs()) {
      blocks.put(run, block(run));
    }
    return blocks;
  }

  private BlockWeights block(LayerRun run) throws GgufFormatException {
    return new BlockWeights(
        vector(run, TensorRole.ATTN_NORM),
        matrix(run, TensorRole.ATTN_Q),
        matrix(run, TensorRole.ATTN_K),
        matrix(run, TensorRole.ATTN_V),
        matrix(run, TensorRole.ATTN_OUTPUT),
        vector(run, TensorRole.FFN_NORM),
        matrix(run, TensorRole.FFN_GATE),
        matrix(run, TensorRole.FFN_UP),
        matrix(run, TensorRole.FFN_DOWN),
        optionalVector(TensorId.of(TensorRole.ROPE_FACTORS), run),
        optionalVector(TensorId.inBlock(TensorRole.RECURSION_ENCODING, run.block()), run));
  }

  private Weights.Routers routers() throws GgufFormatException {
    return switch (config.routing().kind()) {
      case NONE -> new Weights.Routers(List.of(), List.of(), new float[0]);
      case EXPERT_CHOICE ->
          new Weights.Routers(
              stepRouters(TensorRole.ROUTER, TensorRole.ROUTER_UP, TensorRole.ROUTER_DOWN),
              switch (config.routing().decision()) {
                case AUX_ROUTER ->
                    stepRouters(
                        TensorRole.AUX_ROUTER,
                        TensorRole.AUX_ROUTER_UP,
                        TensorRole.AUX_ROUTER_DOWN);
                case THRESHOLD, ARGMAX -> List.of();
              },
              new float[0]);
      case TOKEN_CHOICE ->
          new Weights.Routers(
              List.of(
                  router(
                      TensorId.of(TensorRole.ROUTER),
                      TensorId.of(TensorRole.ROUTER_UP),
                      TensorId.of(TensorRole.ROUTER_DOWN))),
              List.of(),
              routerBias());
    };
  }

  private List<RouterWeights> stepRouters(TensorRole linear, TensorRole up, TensorRole down)
      throws GgufFormatException {
    List<RouterWeights> routers = new ArrayList<>();
    for (int step = 0; step < config.recursionCount(); step++) {
      routers.add(
          router(
              TensorId.of(linear).atStep(step),
              TensorId.of(up).atStep(step),
              TensorId.of(down).atStep(step)));
    }
    return routers;
  }

  private RouterWeights router(TensorId linear, TensorId up, TensorId down)
      throws GgufFormatException {
    Device device = placement.ofStream();
    return switch (config.routing().router()) {
      case LINEAR -> new RouterWeights.Linear(tensors.place(required(linear, 0), device));
      case MLP ->
          new RouterWeights.Mlp(
              tensors.place(required(up, 0), device), tensors.place(required(down, 0), device));
    };
  }

  private float[] routerBias() throws GgufFormatException {
    return finder
        .find(TensorId.of(TensorRole.ROUTER_BIAS))
        .map(info -> file.data(info).toArray(FLOAT))
        .orElse(new float[0]);
  }

  private Tensor vector(LayerRun run, TensorRole role) throws GgufFormatException {
    return tensors.place(ofBlock(run, role), placement.ofBlock(run.block()));
  }

  private Optional<Tensor> optionalVector(TensorId id, LayerRun run) throws GgufFormatException {
    return finder
        .find(id, run.step())
        .map(info -> tensors.place(info, placement.ofBlock(run.block())));
  }

  /** A matrix that inputs are multiplied with. */
  private Tensor matrix(LayerRun run, TensorRole role) throws GgufFormatException {
    return tensors.placeForProducts(ofBlock(run, role), placement.ofBlock(run.block()));
  }

  private GgufTensorInfo ofBlock(LayerRun run, TensorRole role) throws GgufFormatException {
    return required(TensorId.inBlock(role, run.block()), run.step());
  }

  private GgufTensorInfo required(TensorId id, int step) throws GgufFormatException {
    return finder
        .find(id, step)
        .orElseThrow(
            () -> new IllegalStateException("the architecture lists no tensor " + id.name()));
  }
}
