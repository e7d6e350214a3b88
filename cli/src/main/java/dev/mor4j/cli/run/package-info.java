/** The command {@code run}: one text at a time. */
package dev.mor4j.cli.run;
