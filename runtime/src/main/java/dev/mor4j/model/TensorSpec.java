package dev.mor4j.model;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A row of a {@link TensorTable}: a tensor that a model has or may have, with its size.
 *
 * @param id which tensor, as all recursion steps share it
 * @param stepCount recursion steps that may each have a tensor of their own in place of the shared
 *     one; 0 where none may
 * @param rowLength values of a row: ggml's first size, the inputs of a matrix
 * @param rowCount rows: ggml's second size, the outputs of a matrix; 1 for a vector
 * @param isOptional whether models without it are complete
 */
public record TensorSpec(
    TensorId id, int stepCount, long rowLength, long rowCount, boolean isOptional) {

  public TensorSpec {
    if (rowLength < 1 || rowCount < 1 || stepCount < 0) {
      throw new IllegalArgumentException(
          "%s: expected sizes of 1 or more, found [%s, %s] and %s steps"
              .formatted(id.name(), rowLength, rowCount, stepCount));
    }
  }

  /** A required tensor that a model has once. */
  public static TensorSpec of(TensorRole role, long rowLength, long rowCount) {
    return new TensorSpec(TensorId.of(role), 0, rowLength, rowCount, false);
  }

  /** A required vector that a model has once. */
  public static TensorSpec of(TensorRole role, long length) {
    return of(role, length, 1);
  }

  /** A required tensor of a stored block that all recursion steps share. */
  public static TensorSpec inBlock(int block, TensorRole role, long rowLength, long rowCount) {
    return new TensorSpec(TensorId.inBlock(role, block), 0, rowLength, rowCount, false);
  }

  /** The same for {@code step} alone, as routers of expert choice are. */
  public TensorSpec atStep(int step) {
    return new TensorSpec(id.atStep(step), 0, rowLength, rowCount, isOptional);
  }

  /** The same, stored once or once for each of {@code count} recursion steps. */
  public TensorSpec orPerStep(int count) {
    return new TensorSpec(id, count, rowLength, rowCount, isOptional);
  }

  /** The same, in models that have it. */
  public TensorSpec optional() {
    return new TensorSpec(id, stepCount, rowLength, rowCount, true);
  }

  public TensorRole role() {
    return id.role();
  }

  /** Its name in a GGUF file, as all recursion steps share it. */
  public String name() {
    return id.name();
  }

  /** Its names where every recursion step has its own, by step; empty if none may. */
  public List<String> stepNames() {
    return IntStream.range(0, stepCount).mapToObj(step -> id.atStep(step).name()).toList();
  }

  /** Sizes in ggml order, fastest first; one size for a vector. */
  public long[] sizes() {
    return rowCount == 1 ? new long[] {rowLength} : new long[] {rowLength, rowCount};
  }
}
