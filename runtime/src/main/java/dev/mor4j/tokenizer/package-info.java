/**
 * Text to token ids and back, as a Hugging Face tokenizer.json or the lists of a GGUF file define
 * it: added tokens, normalizer, pre-tokenizer, byte-pair encoding, and a streaming decoder that
 * emits whole characters. Stop strings are matched here too. Imports no other package of this
 * project.
 */
package dev.mor4j.tokenizer;
