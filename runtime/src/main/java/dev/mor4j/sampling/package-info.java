/**
 * From logits to the next token: a chain of rules, each of which excludes candidates or changes
 * their logits, followed by a pick. The built-in rules and their order are llama.cpp's; {@link
 * dev.mor4j.sampling.SamplingRule} says where an application's own rules run. Depends on no other
 * package of this project.
 */
package dev.mor4j.sampling;
