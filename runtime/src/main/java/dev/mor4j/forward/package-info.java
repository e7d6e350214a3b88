/**
 * The forward pass: runs the stages of the model for batches of chunks, and routes rows from one
 * recursion step to the next.
 */
package dev.mor4j.forward;
