/**
 * Logits to the next token: a chain of rules, each of which narrows or reweighs the candidates, and
 * a pick at its end. Rules and their order are llama.cpp's. Imports nothing else of ours.
 */
package dev.mor4j.sampling;
