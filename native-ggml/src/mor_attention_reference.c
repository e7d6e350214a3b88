#include "mor_reference.h"

#include <math.h>
#include <stdbool.h>

#include "mor_attention.h"

/* One head of one slot, decoded. */
static void read_head(const struct ggml_tensor * pool, int64_t head, int64_t slot, int64_t width, float * to) {
    const size_t offset = (size_t) slot * pool->nb[1] + (size_t) head * ggml_row_size(pool->type, width);
    const char * from = (const char *) pool->data + offset;
    if (pool->type == GGML_TYPE_F32) {
        for (int64_t i = 0; i < width; i++) {
            to[i] = ((const float *) (const void *) from)[i];
        }
    } else {
        ggml_get_type_traits(pool->type)->to_float(from, to, width);
    }
}

static double dot(const float * a, const float * b, int64_t width) {
    double sum = 0.0;
    for (int64_t i = 0; i < width; i++) {
        sum += (double) a[i] * (double) b[i];
    }
    return sum;
}

/* softmax(q . k / sqrt(width)) v over the valid ones of count slots; zero if there are none. */
static void attend(const struct ggml_tensor * keys, const struct ggml_tensor * values, const float * query,
                   int64_t width, int64_t kv_head, const int32_t * visible, int64_t count, float * result) {
    float row[MOR_ATTENTION_WIDTH];
    double sums[MOR_ATTENTION_WIDTH] = { 0.0 };
    double greatest = -INFINITY;
    double weight_sum = 0.0;
    for (int turn = 0; turn < 2; turn++) { /* first the greatest score, then the weighted sum */
        for (int64_t entry = 0; entry < count; entry++) {
            const int32_t slot = visible[entry];
            if (slot < 0 || slot >= keys->ne[1]) {
                continue;
            }
            read_head(keys, kv_head, slot, width, row);
            const double score = dot(query, row, width) / sqrt((double) width);
            if (turn == 0) {
                greatest = fmax(greatest, score);
                continue;
            }
            const double weight = exp(score - greatest);
            read_head(values, kv_head, slot, width, row);
            for (int64_t i = 0; i < width; i++) {
                sums[i] += weight * (double) row[i];
            }
            weight_sum += weight;
        }
    }
    for (int64_t i = 0; i < width; i++) {
        result[i] = weight_sum == 0.0 ? 0.0f : (float) (sums[i] / weight_sum);
    }
}

void mor_reference_attention(const struct ggml_tensor * const sources[5], float * result) {
    const struct ggml_tensor * queries = sources[0];
    const struct ggml_tensor * keys = sources[1];
    const int32_t * visible = sources[3]->data;
    const int32_t * ranges = sources[4]->data;
    const int64_t width = queries->ne[0];
    const int64_t heads = queries->ne[1];
    const int64_t group = heads / (keys->ne[0] / width);
    for (int64_t row = 0; row < queries->ne[2]; row++) {
        const int64_t offset = ranges[2 * row];
        const int64_t count = ranges[2 * row + 1];
        const bool inside = offset >= 0 && count > 0 && offset + count <= ggml_nelements(sources[3]);
        for (int64_t head = 0; head < heads; head++) {
            const int64_t at = (row * heads + head) * width;
            attend(keys, sources[2], (const float *) queries->data + at, width, head / group,
                   visible + (inside ? offset : 0), inside ? count : 0, result + at);
        }
    }
}
