package dev.mor4j.graph;

import dev.mor4j.model.LayerRun;
import dev.mor4j.model.RecursionConfig;
import dev.mor4j.model.SharingPattern;

/**
 * Names of graph nodes: a kind, and a place within the model. The package's documentation has the
 * scheme.
 */
record NodeNames(RecursionConfig recursion) {
  /** The last hidden states after the final norm, F32 [embd, outputs]. */
  static final String OUTPUT_NORM = "output_norm";

  /** F32 [vocabulary, heads]. */
  static final String LOGITS = "logits";

  /** Digests of the logits, on devices that make them. */
  static final String LOGIT_DIGESTS = "logit_digests";

  /** The logits of a router that decides about a step. */
  static String routerLogits(int step) {
    return "router_logits" + ofStep(step);
  }

  /** The logits of an auxiliary router that decides about a step. */
  static String auxiliaryLogits(int step) {
    return "router_aux_logits" + ofStep(step);
  }

  /** The place of a recursion step as a whole. */
  static String ofStep(int step) {
    return ".r" + step;
  }

  /** The place of one execution of a layer: with its step only if steps share the layer. */
  String of(LayerRun run) {
    return isShared(run.block()) ? ofStep(run.step()) + ".l" + run.block() : ".l" + run.block();
  }

  private boolean isShared(int block) {
    if (recursion.sharing() == SharingPattern.NONE) {
      return false;
    }
    boolean isEnd = block == 0 || block == recursion.storedBlockCount() - 1;
    return !(recursion.sharing().hasUnsharedEnds() && isEnd);
  }
}
