/* Inside mor: what the two builds of the attention kernel share. */
#ifndef MOR_ATTENTION_H
#define MOR_ATTENTION_H

#include <stdint.h>

#include "ggml.h"

/* Values per head, at most. */
#define MOR_ATTENTION_WIDTH 512

/* Rows and heads of one call, at most. */
#define MOR_ATTENTION_ROWS 16
#define MOR_ATTENTION_HEADS 16

/* Rows whose lists begin at the same entry, and heads that read the same K/V head. */
struct mor_attention_task {
    const struct ggml_tensor * queries;
    const struct ggml_tensor * keys;
    const struct ggml_tensor * values;
    struct ggml_tensor * result;
    const int32_t * list;
    int64_t kv_head;
    int64_t first_head;
    int64_t first_row;
    int head_count;
    int row_count;
    /* Entries of the list that each row sees, 0 too. */
    int64_t counts[MOR_ATTENTION_ROWS];
};

typedef void mor_attend_fn(const struct mor_attention_task * task);

/* The same source, compiled for any CPU and for x86 with AVX2, FMA and F16C. */
mor_attend_fn mor_attend_any;
mor_attend_fn mor_attend_avx2;

#endif
