/** Official checkpoints to GGUF files, and GGUF files to smaller ones. */
package dev.mor4j.quantize;
