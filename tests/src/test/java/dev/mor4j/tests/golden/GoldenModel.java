package dev.mor4j.tests.golden;

import dev.mor4j.engine.Engine;
import dev.mor4j.engine.Evaluation;
import dev.mor4j.engine.EvaluationRequest;
import dev.mor4j.engine.Model;
import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.MorConfig;
import dev.mor4j.model.RoutingKind;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorRole;
import dev.mor4j.placement.DeviceOptions;
import dev.mor4j.placement.Placement;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A golden folder, converted and loaded, with its expected results. */
final class GoldenModel implements AutoCloseable {
  private static final int CONTEXT = 64;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final GoldenArrays arrays;
  private final Model model;
  private final Engine engine;
  private final float[] routerBias;

  GoldenModel(GoldenFolder folder, Path scratch) throws IOException {
    this(folder, scratch, DeviceOptions.CPU, TensorType.F32);
  }

  GoldenModel(GoldenFolder folder, Path scratch, DeviceOptions device, TensorType kvType)
      throws IOException {
    Path gguf = folder.convert(scratch);
    arrays = folder.arrays();
    routerBias = routerBias(gguf);
    model = Model.load(gguf, device);
    engine = Engine.builder(model).contextSize(CONTEXT).keyType(kvType).valueType(kvType).build();
  }

  private static float[] routerBias(Path gguf) throws IOException {
    try (GgufFile file = GgufFile.open(gguf)) {
      return file.tensor(TensorId.of(TensorRole.ROUTER_BIAS).name())
          .map(info -> file.data(info).toArray(FLOAT))
          .orElse(new float[0]);
    }
  }

  Placement placement() {
    return model.placement();
  }

  List<GoldenCase> cases() {
    return GoldenCase.of(model.config(), arrays);
  }

  /** Runs a case and compares it with the reference. */
  GoldenDifference run(GoldenCase golden) {
    String prefix = golden.prefix();
    int row = golden.row();
    int[] tokens = arrays.ints(prefix + "input_ids", row);
    Evaluation found =
        engine.evaluate(new EvaluationRequest(tokens, golden.routing(), golden.chunkSize()));
    double scores = 0;
    List<float[]> expected = expectedScores(prefix, row);
    for (int step = 0; step < expected.size(); step++) {
      scores =
          Math.max(
              scores,
              GoldenDifference.relative(expected.get(step), found(found.routerScores(), step)));
    }
    return new GoldenDifference(
        GoldenDifference.relative(arrays.floats(prefix + "logits", row), found.logits()),
        scores,
        arrays.depths(prefix, row).orElseGet(() -> allSteps(tokens.length)),
        found.depths());
  }

  private int[] allSteps(int tokenCount) {
    int[] depths = new int[tokenCount];
    java.util.Arrays.fill(depths, model.config().recursionCount());
    return depths;
  }

  /** The router values that the reference stored, by step. */
  private List<float[]> expectedScores(String prefix, int row) {
    if (model.config().routing().kind() != RoutingKind.TOKEN_CHOICE) {
      return arrays.stepScores(prefix, row);
    }
    float[] all = arrays.floats(prefix + "router_probs", row);
    int steps = model.config().recursionCount();
    List<float[]> byStep = new ArrayList<>();
    for (int step = 0; step < steps; step++) {
      float[] scores = new float[all.length / steps];
      for (int token = 0; token < scores.length; token++) {
        scores[token] = all[token * steps + step];
      }
      byStep.add(scores);
    }
    return byStep;
  }

  /**
   * The engine's scores in the reference's terms: for token choice, the values before the argmax.
   */
  private float[] found(float[][] routerScores, int step) {
    MorConfig config = model.config();
    float[] scores = routerScores[step].clone();
    if (config.routing().kind() == RoutingKind.TOKEN_CHOICE) {
      for (int token = 0; token < scores.length; token++) {
        float bias = routerBias.length == 0 ? 0 : routerBias[step];
        scores[token] = config.routing().alpha() * scores[token] + bias;
      }
    }
    return scores;
  }

  @Override
  public void close() {
    engine.close();
    model.close();
  }
}
