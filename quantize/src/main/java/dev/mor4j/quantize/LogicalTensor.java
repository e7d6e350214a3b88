package dev.mor4j.quantize;

import dev.mor4j.gguf.Shape;
import dev.mor4j.quantize.checkpoint.CheckpointTensor;
import java.util.List;

/**
 * A tensor of the model, before it is known whether all recursion steps share it.
 *
 * @param label what it is called in reports, without block and step
 * @param name its name in the GGUF file if all steps share it
 * @param stepNames its names where they do not, one for each source; empty for a tensor that has
 *     one source only
 * @param sources the checkpoint's tensors for it, by step
 * @param role what may be done with its values
 * @param shape in ggml order
 */
record LogicalTensor(
    String label,
    String name,
    List<String> stepNames,
    List<CheckpointTensor> sources,
    Role role,
    Shape shape) {

  /** What a tensor is for. */
  enum Role {
    /** A weight matrix, which takes the type that was asked for. */
    MATRIX,
    /** A norm, router or other small tensor, always F32. */
    EXACT
  }
}
