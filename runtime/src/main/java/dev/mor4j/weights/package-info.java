/** Tensors of a file, checked against the shape the model wants and placed on a device. */
package dev.mor4j.weights;
