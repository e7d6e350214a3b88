/**
 * Checkpoint files: tensors in safetensors and PyTorch files, single or sharded. Shapes in this
 * package are in PyTorch order, slowest first.
 */
package dev.mor4j.quantize.checkpoint;
