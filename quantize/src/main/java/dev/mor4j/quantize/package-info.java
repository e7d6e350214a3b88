/** Converts official checkpoints to GGUF files, and quantizes GGUF models. */
package dev.mor4j.quantize;
