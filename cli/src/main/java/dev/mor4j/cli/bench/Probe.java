package dev.mor4j.cli.bench;

import dev.mor4j.engine.EngineMetrics;

/**
 * The counters of an engine between two iterations.
 *
 * @param metrics metrics so far
 * @param nanoTime time, as {@link System#nanoTime}
 * @param allocatedBytes what the engine's thread has allocated on the Java heap so far
 */
record Probe(EngineMetrics metrics, long nanoTime, long allocatedBytes) {}
