#include "mor_attention.h"

#include "mor.h"
#include "mor_cpu.h"

/* A row's visible slots: count entries of the list of slot numbers, from offset on. */
struct range {
    int32_t offset;
    int32_t count;
};

/* The number of slots visible to a row: none if its range exceeds the list. */
static int64_t visible_count(struct range range, int64_t entries) {
    const bool inside = range.offset >= 0 && range.count > 0 && (int64_t) range.offset + range.count <= entries;
    return inside ? range.count : 0;
}

static mor_attend_fn * best_kernel(void) {
#ifdef MOR_AVX2
    if (mor_has_avx2()) {
        return mor_attend_avx2;
    }
#endif
    return mor_attend_any;
}

static void check(const struct ggml_tensor * dst) {
    const struct ggml_tensor * queries = dst->src[0];
    const struct ggml_tensor * keys = dst->src[1];
    const struct ggml_tensor * values = dst->src[2];
    const struct ggml_tensor * visible = dst->src[3];
    const struct ggml_tensor * ranges = dst->src[4];
    const int64_t width = queries->ne[0];

    GGML_ASSERT(dst->type == GGML_TYPE_F32 && ggml_is_contiguous(dst) && ggml_are_same_shape(dst, queries));
    GGML_ASSERT(queries->type == GGML_TYPE_F32 && queries->nb[0] == sizeof(float) && queries->ne[3] == 1);
    GGML_ASSERT(width % MOR_ATTENTION_MULTIPLE == 0 && width <= MOR_ATTENTION_WIDTH);
    GGML_ASSERT(ggml_is_matrix(keys) && ggml_is_matrix(values) && ggml_are_same_shape(keys, values));
    GGML_ASSERT(keys->nb[0] == ggml_type_size(keys->type) && values->nb[0] == ggml_type_size(values->type));
    GGML_ASSERT(width % ggml_blck_size(keys->type) == 0 && width % ggml_blck_size(values->type) == 0);
    GGML_ASSERT(keys->ne[0] % width == 0 && queries->ne[1] % (keys->ne[0] / width) == 0);
    GGML_ASSERT(visible->type == GGML_TYPE_I32 && ggml_is_contiguous(visible));
    GGML_ASSERT(ranges->type == GGML_TYPE_I32 && ggml_is_contiguous(ranges));
    GGML_ASSERT(ranges->ne[0] == 2 && ggml_nelements(ranges) == 2 * queries->ne[2]);
}

void mor_ragged_attention(struct ggml_tensor * dst, int ith, int nth, void * userdata) {
    (void) userdata;
    check(dst);
    const int64_t entries = ggml_nelements(dst->src[3]);
    const struct range * ranges = dst->src[4]->data;
    const int64_t rows = dst->ne[2];
    const int64_t kv_heads = dst->src[1]->ne[0] / dst->ne[0];
    const int64_t group = dst->ne[1] / kv_heads;
    mor_attend_fn * const attend = best_kernel();

    struct mor_attention_task task = {
        .queries = dst->src[0], .keys = dst->src[1], .values = dst->src[2], .result = dst,
    };
    /* Every thread enumerates the same tasks and runs every nth one. */
    int64_t number = 0;
    for (int64_t row = 0; row < rows; row += task.row_count) {
        const int32_t offset = ranges[row].offset;
        task.visible = (const int32_t *) dst->src[3]->data + (offset < 0 || offset > entries ? 0 : offset);
        task.first_row = row;
        task.row_count = 0;
        while (task.row_count < MOR_ATTENTION_ROWS && row + task.row_count < rows
               && ranges[row + task.row_count].offset == offset) {
            task.counts[task.row_count] = visible_count(ranges[row + task.row_count], entries);
            task.row_count++;
        }
        for (task.kv_head = 0; task.kv_head < kv_heads; task.kv_head++) {
            for (int64_t head = 0; head < group; head += MOR_ATTENTION_HEADS) {
                const int64_t heads = group - head;
                task.first_head = task.kv_head * group + head;
                task.head_count = heads < MOR_ATTENTION_HEADS ? (int) heads : MOR_ATTENTION_HEADS;
                if (number++ % nth == ith) {
                    attend(&task);
                }
            }
        }
    }
}
