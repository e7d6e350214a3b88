/** Measurements of an engine: what is run, how it is timed, and what else the machine did. */
package dev.mor4j.cli.bench;
