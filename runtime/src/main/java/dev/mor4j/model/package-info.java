/**
 * A model's checked hyperparameters, the tensors that it has, and the layers that run at each
 * recursion step.
 */
package dev.mor4j.model;
