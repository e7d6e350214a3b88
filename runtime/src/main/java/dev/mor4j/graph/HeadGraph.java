package dev.mor4j.graph;

import dev.mor4j.ggml.FusedOps;
import dev.mor4j.ggml.GgmlContext;
import dev.mor4j.ggml.Tensor;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.weights.Weights;

/** The final norm and the head. */
final class HeadGraph {
  private final Weights weights;

  /** Whether the head's device supports digests of logits. */
  private final boolean makesDigests;

  HeadGraph(Weights weights) {
    this.weights = weights;
    makesDigests = makesDigests(weights);
  }

  private static boolean makesDigests(Weights weights) {
    long vocabulary = weights.output().shape().size1();
    if (!FusedOps.digestsLogits(vocabulary)) {
      return false;
    }
    try (GgmlContext trial = GgmlContext.forState(4)) {
      Tensor logits = trial.newTensor(TensorType.F32, Shape.of(vocabulary, 1), "logits");
      return weights.placement().ofHead().supports(trial.ops().fused().digestLogits(logits));
    }
  }

  /**
   * Adds the norm, and the logits of those rows that want them.
   *
   * @param wanted F32 [embd, outputs]
   */
  void add(GraphBuilder graph, GraphShape shape, Tensor wanted) {
    graph.enterHead(shape.outputs());
    Tensor normed = graph.rmsNorm(wanted, weights.outputNorm()); // F32 [embd, outputs]
    graph.output(NodeNames.OUTPUT_NORM, normed);
    if (shape.heads() == 0) {
      return;
    }
    graph.enterHead(shape.heads());
    Tensor headRows = // F32 [embd, heads]
        shape.heads() == shape.outputs() ? normed : graph.ops().viewRows(normed, shape.heads());
    Tensor logits = graph.project(weights.output(), headRows); // F32 [vocabulary, heads]
    graph.output(NodeNames.LOGITS, logits);
    if (makesDigests) {
      graph.output(NodeNames.LOGIT_DIGESTS, graph.ops().fused().digestLogits(logits));
    }
  }
}
