/** How well a model predicts a text, and how far a run is from a reference run. */
package dev.mor4j.perplexity;
