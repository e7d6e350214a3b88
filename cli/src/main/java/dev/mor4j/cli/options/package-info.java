/** Flags that several commands share. */
package dev.mor4j.cli.options;
