/** Official checkpoints to GGUF files. */
package dev.mor4j.quantize;
