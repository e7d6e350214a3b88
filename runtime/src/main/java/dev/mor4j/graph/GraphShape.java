package dev.mor4j.graph;

/**
 * What a graph depends on besides the model: two batches of equal shape run the same graph.
 *
 * @param stage what it computes
 * @param rows rows that enter
 * @param window slots per row that attention looks at; 0 without attention
 * @param outputs rows whose last hidden states are wanted; 0 where they are not known yet
 * @param heads the first of those, whose logits are wanted too, in the coda; 0 elsewhere
 */
public record GraphShape(Stage stage, int rows, int window, int outputs, int heads) {}
