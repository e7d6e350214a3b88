package dev.mor4j.weights;

import dev.mor4j.gguf.GgufFile;
import dev.mor4j.gguf.GgufFormatException;
import dev.mor4j.gguf.GgufTensorInfo;
import dev.mor4j.gguf.Shape;
import dev.mor4j.gguf.TensorType;
import dev.mor4j.model.TensorId;
import dev.mor4j.model.TensorSpec;
import dev.mor4j.model.TensorTable;
import java.util.List;
import java.util.Optional;

/** Finds tensors of a model's table in its file, and checks their names, types and shapes. */
record TensorFinder(GgufFile file, TensorTable table) {

  /**
   * Checks that tensors which recursion steps may have for themselves are stored either once or for
   * every step.
   *
   * @throws GgufFormatException naming the tensor that is missing or superfluous
   */
  void requireSharedOrEveryStep() throws GgufFormatException {
    for (TensorSpec spec : table.specs()) {
      List<String> stepNames = spec.stepNames();
      Optional<String> found =
          stepNames.stream().filter(name -> file.tensor(name).isPresent()).findFirst();
      if (found.isEmpty()) {
        continue;
      }
      for (String name : stepNames) {
        if (file.tensor(name).isEmpty()) {
          throw missing(spec, name);
        }
      }
      if (file.tensor(spec.name()).isPresent()) {
        throw new GgufFormatException(
            file.path(),
            spec.name(),
            "either this tensor or one for each recursion step",
            "also " + found.get());
      }
    }
  }

  /** A tensor that the table lists, as every step uses it; empty if it is optional and absent. */
  Optional<GgufTensorInfo> find(TensorId id) throws GgufFormatException {
    return find(id, 0);
  }

  /**
   * A tensor that the table lists, as one step uses it: that of the step if the file has one, else
   * the shared one; empty if it is in neither the table nor the file, or optional and absent.
   *
   * @throws GgufFormatException if it is missing, or of another type or shape than the model needs
   */
  Optional<GgufTensorInfo> find(TensorId id, int step) throws GgufFormatException {
    Optional<TensorSpec> listed = table.find(id);
    if (listed.isEmpty()) {
      return Optional.empty();
    }
    TensorSpec spec = listed.get();
    Optional<GgufTensorInfo> info =
        step < spec.stepCount() ? file.tensor(id.atStep(step).name()) : Optional.empty();
    if (info.isEmpty()) {
      info = file.tensor(id.name());
    }
    if (info.isEmpty() && !spec.isOptional()) {
      throw missing(spec, spec.name());
    }
    if (info.isPresent()) {
      check(spec, info.get());
    }
    return info;
  }

  private GgufFormatException missing(TensorSpec spec, String name) {
    return new GgufFormatException(
        file.path(), name, "a tensor of shape " + Shape.of(spec.sizes()), "none of that name");
  }

  private void check(TensorSpec spec, GgufTensorInfo info) throws GgufFormatException {
    Shape shape = Shape.of(spec.sizes());
    boolean isTypeFixed = !spec.role().isMatrix();
    if (!info.shape().equals(shape) || (isTypeFixed && info.type() != TensorType.F32)) {
      throw new GgufFormatException(
          file.path(),
          info.name(),
          (isTypeFixed ? "F32 " : "shape ") + shape,
          info.type() + " " + info.shape());
    }
    switch (info.type()) {
      case I8, I16, I32, I64, F64, Q8_1, Q8_K ->
          throw new GgufFormatException(
              file.path(),
              info.name(),
              "a type for weights, such as F16 or Q8_0",
              info.type().toString());
      case F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K -> {}
      case IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ1_S, IQ1_M, IQ4_NL, IQ4_XS -> {}
      case TQ1_0, TQ2_0, MXFP4, NVFP4, Q1_0, Q2_0 -> {}
    }
  }
}
