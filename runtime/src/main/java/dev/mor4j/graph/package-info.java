/** The forward pass as ggml graphs, stage by stage. */
package dev.mor4j.graph;
