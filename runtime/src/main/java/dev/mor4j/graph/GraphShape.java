package dev.mor4j.graph;

/**
 * Everything that a graph depends on besides the model: batches of equal shape run the same graph.
 *
 * @param stage what it computes
 * @param rows rows that take the stage
 * @param window slots that attention has room for; 0 without attention
 * @param outputs rows whose last hidden states are wanted; 0 before they are known
 * @param heads the first of these rows, whose logits are wanted too; 0 in stages other than the
 *     coda
 */
public record GraphShape(Stage stage, int rows, int window, int outputs, int heads) {}
