/** Loads the tensors of a file: checks them against the architecture's table and places them. */
package dev.mor4j.weights;
