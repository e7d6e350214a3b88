/** The {@code mor} command line: it parses arguments, runs a command and reports failures. */
package dev.mor4j.cli;
