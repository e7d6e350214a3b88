package dev.mor4j.graph;

import dev.mor4j.kvcache.SlotView;

/**
 * What one run of a graph reads from the host, one entry a row unless said otherwise. Arrays that a
 * stage has no use for are empty.
 *
 * @param tokens token ids (prelude)
 * @param streamRows rows of the residual stream
 * @param positions positions in their sequences
 * @param slots cache slots to write
 * @param view cache slots that each row may look at
 * @param gates what scales each row's update (passes of routed models)
 * @param counted 1 for a row that takes the step, 0 for one that runs for its keys and values
 *     alone; empty where all take it
 * @param outputs indexes of the rows whose last hidden states are wanted, as many as wanted; those
 *     whose logits are wanted too come first
 */
public record StageData(
    int[] tokens,
    int[] streamRows,
    int[] positions,
    int[] slots,
    SlotView view,
    float[] gates,
    float[] counted,
    int[] outputs) {}
