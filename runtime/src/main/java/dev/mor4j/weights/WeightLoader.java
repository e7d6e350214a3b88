package dev.mor4j.weights;

import dev.mor4j.ggml.Device;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.AttentionConfig;
import dev.mor4j.model.DecisionRule;
import dev.mor4j.model.LayerRun;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RecursionPlan;
import dev.mor4j.model.RouterKind;
import dev.mor4j.model.TensorNames;
import dev.mor4j.model.TensorNames.BlockTensor;
import dev.mor4j.model.TensorNames.RouterRole;
import dev.mor4j.model.TensorNames.RouterTensor;
import dev.mor4j.placement.Placement;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds every tensor that a model needs in its file, checks type and shape, and places it. */
public final class WeightLoader {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final GgufFile file;
  private final MorConfig config;
  private final PlacedTensors tensors;
  private final Placement placement;

  private WeightLoader(GgufFile file, MorConfig config, PlacedTensors tensors) {
    this.file = file;
    this.config = config;
    this.tensors = tensors;
    placement = tensors.placement();
  }

  /**
   * Places the tensors. Those on the CPU stay where the file is mapped, without a copy, but for
   * matrices that it multiplies faster in a layout of its own; those on a device with memory of its
   * own are copied there.
   *
   * @param file stays open as long as the weights
   * @param placement which devices compute with what
   * @param layout whether matrices on the CPU may be copied
   * @throws GgufFormatException if a tensor is missing, or has another type or shape than the model
   *     wants
   * @throws dev.mor4j.ggml.GgmlException if a device cannot be started or has no room
   */
  public static Weights load(
      GgufFile file, MorConfig config, Placement placement, WeightLayout layout)
      throws GgufFormatException {
    PlacedTensors tensors = new PlacedTensors(file, placement, layout);
    try {
      return new WeightLoader(file, config, tensors).load();
    } catch (GgufFormatException | RuntimeException failure) {
      tensors.close();
      throw failure;
    }
  }

  private Weights load() throws GgufFormatException {
    Weights weights = new Weights(tensors, ends(), blocks(), routers());
    tensors.fill();
    return weights;
  }

  private Weights.Ends ends() throws GgufFormatException {
    Shape table = Shape.of(config.embeddingLength(), config.vocabularySize());
    GgufTensorInfo embedding = checkedMatrix(TensorNames.TOKEN_EMBEDDING, table);
    boolean isTied = file.tensor(TensorNames.OUTPUT).isEmpty();
    Device head = placement.ofHead();
    return new Weights.Ends(
        tensors.place(embedding, placement.cpu()),
        vector(TensorNames.OUTPUT_NORM, head),
        isTied
            ? tensors.placeForProducts(embedding, head)
            : matrix(TensorNames.OUTPUT, table, head));
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
    AttentionConfig attention = config.attention();
    int embedding = config.embeddingLength();
    int feedForward = config.feedForwardLength();
    Shape keys = Shape.of(embedding, attention.kvLength());
    return new BlockWeights(
        vector(run, BlockTensor.ATTN_NORM),
        matrix(run, BlockTensor.ATTN_Q, Shape.of(embedding, attention.queryLength())),
        matrix(run, BlockTensor.ATTN_K, keys),
        matrix(run, BlockTensor.ATTN_V, keys),
        matrix(run, BlockTensor.ATTN_OUTPUT, Shape.of(attention.queryLength(), embedding)),
        vector(run, BlockTensor.FFN_NORM),
        matrix(run, BlockTensor.FFN_GATE, Shape.of(embedding, feedForward)),
        matrix(run, BlockTensor.FFN_UP, Shape.of(embedding, feedForward)),
        matrix(run, BlockTensor.FFN_DOWN, Shape.of(feedForward, embedding)),
        ropeFactors(placement.ofBlock(run.block())),
        encoding(run));
  }

  private Optional<Tensor> ropeFactors(Device device) throws GgufFormatException {
    Shape shape = Shape.of(config.attention().ropeDimensionCount() / 2);
    return file.tensor(TensorNames.ROPE_FACTORS).isPresent()
        ? Optional.of(float32(TensorNames.ROPE_FACTORS, shape, device))
        : Optional.empty();
  }

  private Optional<Tensor> encoding(LayerRun run) throws GgufFormatException {
    return file.tensor(name(run, BlockTensor.RECURSION_ENCODING)).isPresent()
        ? Optional.of(vector(run, BlockTensor.RECURSION_ENCODING))
        : Optional.empty();
  }

  /** The name of a step's own tensor where the file has one, else of the shared one. */
  private String name(LayerRun run, BlockTensor tensor) {
    String own = TensorNames.blockAtStep(run.block(), run.step(), tensor);
    return file.tensor(own).isPresent() ? own : TensorNames.block(run.block(), tensor);
  }

  private Weights.Routers routers() throws GgufFormatException {
    return switch (config.routing().kind()) {
      case NONE -> new Weights.Routers(List.of(), List.of(), new float[0]);
      case EXPERT_CHOICE ->
          new Weights.Routers(
              stepRouters(RouterRole.MAIN),
              config.routing().decision() == DecisionRule.AUX_ROUTER
                  ? stepRouters(RouterRole.AUXILIARY)
                  : List.of(),
              new float[0]);
      case TOKEN_CHOICE ->
          new Weights.Routers(
              List.of(router(TensorNames::tokenRouter, config.recursionCount())),
              List.of(),
              routerBias());
    };
  }

  private List<RouterWeights> stepRouters(RouterRole role) throws GgufFormatException {
    List<RouterWeights> routers = new ArrayList<>();
    for (int step = 0; step < config.recursionCount(); step++) {
      int at = step;
      routers.add(router(tensor -> TensorNames.stepRouter(role, at, tensor), 1));
    }
    return routers;
  }

  private interface RouterNames {
    String of(RouterTensor tensor);
  }

  private RouterWeights router(RouterNames names, int logits) throws GgufFormatException {
    int embedding = config.embeddingLength();
    Device device = placement.ofStream();
    if (config.routing().router() == RouterKind.LINEAR) {
      return new RouterWeights.Linear(
          float32(names.of(RouterTensor.LINEAR), Shape.of(embedding, logits), device));
    }
    return new RouterWeights.Mlp(
        float32(names.of(RouterTensor.UP), Shape.of(embedding, 2L * embedding), device),
        float32(names.of(RouterTensor.DOWN), Shape.of(2L * embedding, logits), device));
  }

  private float[] routerBias() throws GgufFormatException {
    if (file.tensor(TensorNames.ROUTER_BIAS).isEmpty()) {
      return new float[0];
    }
    GgufTensorInfo info =
        checked(TensorNames.ROUTER_BIAS, Shape.of(config.recursionCount()), TensorType.F32);
    return file.data(info).toArray(FLOAT);
  }

  private Tensor vector(LayerRun run, BlockTensor tensor) throws GgufFormatException {
    return vector(name(run, tensor), placement.ofBlock(run.block()));
  }

  private Tensor vector(String name, Device device) throws GgufFormatException {
    return float32(name, Shape.of(config.embeddingLength()), device);
  }

  private Tensor float32(String name, Shape shape, Device device) throws GgufFormatException {
    return tensors.place(checked(name, shape, TensorType.F32), device);
  }

  private Tensor matrix(LayerRun run, BlockTensor tensor, Shape shape) throws GgufFormatException {
    return matrix(name(run, tensor), shape, placement.ofBlock(run.block()));
  }

  /** A matrix that inputs are multiplied with. */
  private Tensor matrix(String name, Shape shape, Device device) throws GgufFormatException {
    return tensors.placeForProducts(checkedMatrix(name, shape), device);
  }

  /** A matrix of any type that products and look-ups can read. */
  private GgufTensorInfo checkedMatrix(String name, Shape shape) throws GgufFormatException {
    GgufTensorInfo info = checked(name, shape, null);
    switch (info.type()) {
      case I8, I16, I32, I64, F64, Q8_1, Q8_K ->
          throw new GgufFormatException(
              file.path(), name, "a type for weights, such as F16 or Q8_0", info.type().toString());
      case F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K -> {}
      case IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ1_S, IQ1_M, IQ4_NL, IQ4_XS -> {}
      case TQ1_0, TQ2_0, MXFP4, NVFP4, Q1_0, Q2_0 -> {}
    }
    return info;
  }

  private GgufTensorInfo checked(String name, Shape shape, @Nullable TensorType type)
      throws GgufFormatException {
    GgufTensorInfo info =
        file.tensor(name)
            .orElseThrow(
                () ->
                    new GgufFormatException(
                        file.path(), name, "a tensor of shape " + shape, "none of that name"));
    if (!info.shape().equals(shape) || (type != null && info.type() != type)) {
      throw new GgufFormatException(
          file.path(),
          name,
          (type == null ? "shape " : type + " ") + shape,
          info.type() + " " + info.shape());
    }
    return info;
  }
}
