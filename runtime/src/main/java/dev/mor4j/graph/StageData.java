package dev.mor4j.graph;

/**
 * What one run of a graph reads from the host, one entry a row unless said otherwise. Arrays that a
 * stage has no use for are empty.
 *
 * @param tokens token ids (prelude)
 * @param streamRows rows of the residual stream
 * @param positions positions in their sequences
 * @param slots cache slots to write
 * @param mask half-precision bits [window, rows]
 * @param gates what scales each row's update (passes of routed models)
 * @param outputs indexes of the rows whose logits are wanted (coda), as many as wanted
 */
public record StageData(
    int[] tokens,
    int[] streamRows,
    int[] positions,
    int[] slots,
    short[] mask,
    float[] gates,
    int[] outputs) {}
