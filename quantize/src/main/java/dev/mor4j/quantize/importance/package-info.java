/**
 * How much each input column of a weight matrix matters: sums of squares of the activations that a
 * text sends through it, collected from the engine, and kept in files that llama.cpp's tools share.
 */
package dev.mor4j.quantize.importance;
