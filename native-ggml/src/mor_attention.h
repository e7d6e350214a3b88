/* Internal: interface between mor_ragged_attention and the builds of its kernel. */
#ifndef MOR_ATTENTION_H
#define MOR_ATTENTION_H

#include <stdint.h>

#include "ggml.h"
#include "mor.h"

/* Maximum rows and query heads of one call. */
#define MOR_ATTENTION_ROWS 16
#define MOR_ATTENTION_HEADS 16

/* One call of the kernel: rows whose ranges have the same offset, and query heads that share a K/V head. */
struct mor_attention_task {
    const struct ggml_tensor * queries;
    const struct ggml_tensor * keys;
    const struct ggml_tensor * values;
    struct ggml_tensor * result;
    /* Slot numbers, from the common offset of the rows' ranges on. */
    const int32_t * visible;
    int64_t kv_head;
    int64_t first_head;
    int64_t first_row;
    int head_count;
    int row_count;
    /* The number of slots that are visible to each row, counted from the offset; may be 0. */
    int64_t counts[MOR_ATTENTION_ROWS];
};

typedef void mor_attend_fn(const struct mor_attention_task * task);

/* The same source, compiled for any CPU, and for x86 with AVX2, FMA and F16C. */
mor_attend_fn mor_attend_any;
mor_attend_fn mor_attend_avx2;

#endif
