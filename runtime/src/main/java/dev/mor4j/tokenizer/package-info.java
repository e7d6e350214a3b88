/**
 * Text to token ids and back, as a Hugging Face tokenizer.json says: added tokens, normalizer,
 * pre-tokenizer, byte-pair encoding; and a decoder that never gives out half a character. Imports
 * nothing else of ours.
 */
package dev.mor4j.tokenizer;
