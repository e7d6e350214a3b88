/**
 * A typed and checked API of ggml: owners of its objects, borrowed tensors, and one method per
 * operation. Operands on which ggml would end the process are rejected first, except for row
 * numbers, which only the caller can check. Shapes are in ggml's order, fastest first.
 *
 * <p>{@link dev.mor4j.ggml.Device} is the entry point: create a {@link dev.mor4j.ggml.Backend} of
 * it, a {@link dev.mor4j.ggml.GgmlContext} for tensors, its {@link dev.mor4j.ggml.TensorOps} for a
 * {@link dev.mor4j.ggml.ComputeGraph}, and a {@link dev.mor4j.ggml.BackendScheduler} to run it.
 * Close them in the reverse order.
 */
package dev.mor4j.ggml;
