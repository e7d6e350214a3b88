/**
 * Where the parts of a model live: which devices there are, what fits, and what was decided.
 * Decided once, when a model is loaded, from the file's directory alone.
 */
package dev.mor4j.placement;
