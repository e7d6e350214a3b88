/**
 * The model architectures that run, each described by one class: its configuration keys, its
 * tensors and its rotary pairing. {@code general.architecture} of a GGUF file chooses one.
 */
package dev.mor4j.architecture;
