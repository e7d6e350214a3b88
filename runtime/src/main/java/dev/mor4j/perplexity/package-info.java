/** Perplexity of texts, and the divergence of a run from a reference run. */
package dev.mor4j.perplexity;
