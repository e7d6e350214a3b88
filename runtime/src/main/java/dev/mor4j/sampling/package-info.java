/** Logits to the next token. */
package dev.mor4j.sampling;
