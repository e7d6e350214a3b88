/** The public door: load a model, ask for text. */
package dev.mor4j.engine;
