/** The command {@code perplexity}. */
package dev.mor4j.cli.perplexity;
