package dev.mor4j.quantize;

import dev.mor4j.gguf.Shape;
import dev.mor4j.model.TensorRole;
import dev.mor4j.model.TensorSpec;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import java.util.List;

/**
 * A tensor of the model, before it is known whether all recursion steps share it.
 *
 * @param spec its row in the architecture's table: names and sizes
 * @param sources the checkpoint's tensors for it, by step; one if only one step has it
 */
record LogicalTensor(TensorSpec spec, List<CheckpointTensor> sources) {
  LogicalTensor {
    sources = List.copyOf(sources);
  }

  TensorRole role() {
    return spec.role();
  }

  /** Its name in the GGUF file if all steps share it. */
  String name() {
    return spec.name();
  }

  /** Its names where steps differ, one for each source; empty if there is one source only. */
  List<String> stepNames() {
    return sources.size() == 1 ? List.of() : spec.stepNames();
  }

  /** In ggml order. */
  Shape shape() {
    return Shape.of(spec.sizes());
  }
}
