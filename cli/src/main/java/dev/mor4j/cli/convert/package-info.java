/** Commands that write new models: {@code convert} and {@code random}. */
package dev.mor4j.cli.convert;
