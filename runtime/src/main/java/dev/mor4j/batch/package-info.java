/** Continuous batching: which tokens are computed next, and which wait. Free of native code. */
package dev.mor4j.batch;
