/*
 * Internal: what each operation of mor computes, written as plain loops in double precision. Not in the library; mor_test
 * compares the kernels with it. Operands are those of the operations in mor.h.
 */
#ifndef MOR_REFERENCE_H
#define MOR_REFERENCE_H

#include <stdint.h>

#include "ggml.h"

/* stream F32 [embd, tokens], contiguous, is changed in place. */
void mor_reference_scatter_add(float * stream, const struct ggml_tensor * update, const struct ggml_tensor * rows,
                               const struct ggml_tensor * gates);

/* sources: queries, keys, values, visible, ranges, all contiguous. result: F32 [d, heads, rows]. */
void mor_reference_attention(const struct ggml_tensor * const sources[5], float * result);

struct mor_reference_digest {
    double greatest;
    int64_t index;
    double sum;
};

struct mor_reference_digest mor_reference_digest(const float * logits, int64_t count);

#endif
