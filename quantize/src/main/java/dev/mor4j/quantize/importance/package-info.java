/**
 * Importance matrices: how much each input column of a weight matrix matters, as sums of squares of
 * its activations over a text. They are collected from an engine and stored in llama.cpp's format.
 */
package dev.mor4j.quantize.importance;
