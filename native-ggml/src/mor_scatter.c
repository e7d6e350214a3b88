#include "mor.h"

#include <stdint.h>

/* Kernel of mor_gated_scatter_add. */

/* Threads split the columns at cache lines, so that no two threads write to the same line. */
#define COLUMNS_PER_LINE 16

/* The first column of thread ith. */
static int64_t first_column(int64_t columns, int ith, int nth) {
    const int64_t lines = (columns + COLUMNS_PER_LINE - 1) / COLUMNS_PER_LINE;
    const int64_t column = lines * ith / nth * COLUMNS_PER_LINE;
    return column < columns ? column : columns;
}

/* stream[i] += gate * update[i], rounded after the product and after the sum: compiled without contraction. */
static void add_scaled(int64_t count, float * restrict stream, float gate, const float * restrict update) {
    for (int64_t i = 0; i < count; i++) {
        const float gated = gate * update[i];
        stream[i] = stream[i] + gated;
    }
}

void mor_gated_scatter_add(struct ggml_tensor * dst, int ith, int nth, void * userdata) {
    (void) userdata;
    /* src[0] is the stream, of which dst is a view; the arguments follow. */
    const struct ggml_tensor * update = dst->src[1];
    const struct ggml_tensor * rows = dst->src[2];
    const struct ggml_tensor * gates = dst->src[3];
    const int64_t columns = dst->ne[0];
    const int64_t tokens = dst->ne[1];
    const int64_t kept = ggml_nelements(rows);

    GGML_ASSERT(dst->type == GGML_TYPE_F32 && dst->nb[0] == sizeof(float) && ggml_is_matrix(dst));
    GGML_ASSERT(update->type == GGML_TYPE_F32 && update->nb[0] == sizeof(float) && ggml_is_matrix(update));
    GGML_ASSERT(rows->type == GGML_TYPE_I32 && ggml_is_contiguous(rows));
    GGML_ASSERT(gates->type == GGML_TYPE_F32 && ggml_is_contiguous(gates));
    GGML_ASSERT(update->ne[0] == columns && update->ne[1] == kept && ggml_nelements(gates) == kept);

    const int32_t * row = rows->data;
    const float * gate = gates->data;
    const int64_t begin = first_column(columns, ith, nth);
    const int64_t end = first_column(columns, ith + 1, nth);
    for (int64_t i = 0; i < kept; i++) {
        GGML_ASSERT(row[i] >= 0 && row[i] < tokens);
        char * to = (char *) dst->data + (size_t) row[i] * dst->nb[1];
        const char * from = (const char *) update->data + (size_t) i * update->nb[1];
        add_scaled(end - begin, (float *) (void *) to + begin, gate[i], (const float *) (const void *) from + begin);
    }
}
