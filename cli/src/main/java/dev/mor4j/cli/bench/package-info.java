/** Measurements of an engine: tests, timing, and the load of the machine. */
package dev.mor4j.cli.bench;
