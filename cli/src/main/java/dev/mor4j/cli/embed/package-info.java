/** The command {@code embed}. */
package dev.mor4j.cli.embed;
