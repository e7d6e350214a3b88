/** Standard streams, terminals and interrupts. */
package dev.mor4j.cli.terminal;
