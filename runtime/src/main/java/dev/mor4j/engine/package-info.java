/**
 * The public API: {@link dev.mor4j.engine.Model} loads a model, {@link dev.mor4j.engine.Engine}
 * generates text, embeddings and logits with it.
 */
package dev.mor4j.engine;
