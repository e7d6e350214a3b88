package dev.mor4j.cli.bench;

import dev.mor4j.engine.EngineMetrics;

/**
 * A look at an engine between two turns.
 *
 * @param metrics what it has done so far
 * @param nanoTime when, as {@link System#nanoTime}
 * @param allocatedBytes what its thread has allocated on the Java heap so far
 */
record Probe(EngineMetrics metrics, long nanoTime, long allocatedBytes) {}
