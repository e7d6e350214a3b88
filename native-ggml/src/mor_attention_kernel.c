/*
 * Attention of rows over listed slots, compiled once for any CPU and once more with MOR_ATTEND as another name.
 *
 * A row's result is a function of its query, its own list and the listed keys and values, bit for bit: tiles of TILE
 * entries are counted from the start of its list, and whatever is shared with other rows is loading, not arithmetic.
 */
#include "mor_attention.h"

#include <math.h>

#include "mor_lanes.h"

#ifndef MOR_ATTEND
#    define MOR_ATTEND mor_attend_any
#endif

/* List entries that are looked at together. */
#define TILE 32

/* Queries that share the loads of a tile: as many as sums of their products fit into 16 registers. */
#define QUERIES_AT_ONCE 3

#define QUERIES (MOR_ATTENTION_ROWS * MOR_ATTENTION_HEADS)

/* Keys and values of one head as F32 [width, TILE], 128 KiB at most. */
struct tile {
    float keys[TILE * MOR_ATTENTION_WIDTH];
    float values[TILE * MOR_ATTENTION_WIDTH];
    /* Entries that name no slot. */
    bool hidden[TILE];
    bool any_hidden;
};

/* A row's query of one head, with its softmax so far. */
struct query {
    const float * of;
    float * sum;
    float greatest;
    float weight;
};

static const float MINUS_INFINITY = -INFINITY;

static void load_f16(float * to, const void * from, int64_t width) {
#ifdef __F16C__
    for (int64_t i = 0; i < width; i += LANES) {
        _mm256_storeu_ps(to + i, _mm256_cvtph_ps(_mm_loadu_si128((const void *) ((const ggml_fp16_t *) from + i))));
    }
#else
    ggml_fp16_to_fp32_row(from, to, width);
#endif
}

static void load_bf16(float * to, const void * from, int64_t width) {
    const uint16_t * halves = from;
    for (int64_t i = 0; i < width; i++) {
        const uint32_t bits = (uint32_t) halves[i] << 16;
        memcpy(to + i, &bits, sizeof(bits));
    }
}

static void load_head(float * to, const struct ggml_tensor * pool, int64_t slot, int64_t head, int64_t width) {
    const size_t head_bytes = ggml_row_size(pool->type, width);
    const char * from = (const char *) pool->data + (size_t) slot * pool->nb[1] + (size_t) head * head_bytes;
    switch (pool->type) {
        case GGML_TYPE_F32: memcpy(to, from, head_bytes); break;
        case GGML_TYPE_F16: load_f16(to, from, width); break;
        case GGML_TYPE_BF16: load_bf16(to, from, width); break;
        default: ggml_get_type_traits(pool->type)->to_float(from, to, width); break;
    }
}

/* Loads count entries of the list, and zeros after them up to a full block of keys. */
static void load_tile(struct tile * tile, const struct mor_attention_task * task, int64_t begin, int count) {
    const int64_t width = task->queries->ne[0];
    tile->any_hidden = false;
    for (int entry = 0; entry < (count + LANES - 1) / LANES * LANES; entry++) {
        const int32_t slot = entry < count ? task->list[begin + entry] : -1;
        float * key = tile->keys + entry * width;
        float * value = tile->values + entry * width;
        tile->hidden[entry] = slot < 0 || slot >= task->keys->ne[1];
        if (tile->hidden[entry]) {
            tile->any_hidden = true;
            memset(key, 0, (size_t) width * sizeof(float));
            memset(value, 0, (size_t) width * sizeof(float));
        } else {
            load_head(key, task->keys, slot, task->kv_head, width);
            load_head(value, task->values, slot, task->kv_head, width);
        }
    }
}

/* scores[m][e] = queries[m] . keys[e]: eight sums over every eighth value, then those eight. */
LANES_INLINE void score(const int m, const int keys_at_once, const struct query * queries, const struct tile * tile,
                        int64_t width, int count, float (*scores)[TILE]) {
    for (int entry = 0; entry < count; entry += keys_at_once) {
        const float * keys = tile->keys + entry * width;
        lanes sums[QUERIES_AT_ONCE][LANES];
        for (int i = 0; i < m; i++) {
            for (int k = 0; k < keys_at_once; k++) {
                sums[i][k] = lanes_of(0.0f);
            }
        }
        for (int64_t at = 0; at < width; at += LANES) {
            for (int k = 0; k < keys_at_once; k++) {
                const lanes key = lanes_load(keys + k * width + at);
                for (int i = 0; i < m; i++) {
                    sums[i][k] = lanes_fma(lanes_load(queries[i].of + at), key, sums[i][k]);
                }
            }
        }
        for (int i = 0; i < m; i++) {
            for (int k = 0; k < keys_at_once; k += 4) {
                lanes_four_sums(sums[i][k], sums[i][k + 1], sums[i][k + 2], sums[i][k + 3], scores[i] + entry + k);
            }
        }
    }
}

/* Turns a tile's scores into weights relative to the greatest score so far; returns what earlier sums shrink by. */
LANES_INLINE float weigh(struct query * query, float scale, float * scores) {
    lanes scaled[TILE / LANES];
    for (int i = 0; i < TILE / LANES; i++) {
        scaled[i] = lanes_mul(lanes_load(scores + i * LANES), lanes_of(scale));
    }
    const float here =
        lanes_greatest(lanes_max(lanes_max(scaled[0], scaled[1]), lanes_max(scaled[2], scaled[3])));
    const float greatest = here > query->greatest ? here : query->greatest;
    if (greatest == MINUS_INFINITY) {
        memset(scores, 0, TILE * sizeof(float));
        return 1.0f;
    }
    for (int i = 0; i < TILE / LANES; i++) {
        scaled[i] = lanes_exp(lanes_sub(scaled[i], lanes_of(greatest)));
        lanes_store(scores + i * LANES, scaled[i]);
    }
    float shrink[LANES];
    lanes_store(shrink, lanes_exp(lanes_of(query->greatest - greatest)));
    const float sum = lanes_sum(lanes_add(lanes_add(scaled[0], scaled[1]), lanes_add(scaled[2], scaled[3])));
    query->weight = query->weight * shrink[0] + sum;
    query->greatest = greatest;
    return shrink[0];
}

/* Columns at..at + 8 * vectors of sum[m] = sum[m] * shrink[m] + weights[m][e] * values[e], entry by entry. */
LANES_INLINE void add_values(const int m, const int vectors, const struct query * queries, const float * values,
                             int64_t width, int64_t at, int count, const float (*weights)[TILE],
                             const float * shrink) {
    lanes sums[QUERIES_AT_ONCE][LANES];
    for (int i = 0; i < m; i++) {
        for (int v = 0; v < vectors; v++) {
            sums[i][v] = lanes_mul(lanes_load(queries[i].sum + at + v * LANES), lanes_of(shrink[i]));
        }
    }
    for (int entry = 0; entry < count; entry++) {
        const float * value = values + entry * width + at;
        for (int v = 0; v < vectors; v++) {
            const lanes eight = lanes_load(value + v * LANES);
            for (int i = 0; i < m; i++) {
                sums[i][v] = lanes_fma(lanes_of(weights[i][entry]), eight, sums[i][v]);
            }
        }
    }
    for (int i = 0; i < m; i++) {
        for (int v = 0; v < vectors; v++) {
            lanes_store(queries[i].sum + at + v * LANES, sums[i][v]);
        }
    }
}

/* One tile for m queries that see its first count entries. The blocks change what is loaded together, no sum. */
LANES_INLINE void attend_tile(const int m, struct query * queries, const struct tile * tile, int64_t width,
                              float scale, int count) {
    const int block = m == 1 ? 8 : 4;
    float scores[QUERIES_AT_ONCE][TILE];
    float shrink[QUERIES_AT_ONCE];
    score(m, block, queries, tile, width, count, scores);
    for (int i = 0; i < m; i++) {
        for (int entry = count; entry < TILE; entry++) {
            scores[i][entry] = MINUS_INFINITY;
        }
        for (int entry = 0; tile->any_hidden && entry < count; entry++) {
            scores[i][entry] = tile->hidden[entry] ? MINUS_INFINITY : scores[i][entry];
        }
        shrink[i] = weigh(&queries[i], scale, scores[i]);
    }
    int64_t at = 0;
    for (; at + block * LANES <= width; at += block * LANES) {
        add_values(m, block, queries, tile->values, width, at, count, (const float(*)[TILE]) scores, shrink);
    }
    for (; at < width; at += LANES) {
        add_values(m, 1, queries, tile->values, width, at, count, (const float(*)[TILE]) scores, shrink);
    }
}

static void attend_tile_1(struct query * queries, const struct tile * tile, int64_t width, float scale, int count) {
    attend_tile(1, queries, tile, width, scale, count);
}

static void attend_tile_2(struct query * queries, const struct tile * tile, int64_t width, float scale, int count) {
    attend_tile(2, queries, tile, width, scale, count);
}

static void attend_tile_3(struct query * queries, const struct tile * tile, int64_t width, float scale, int count) {
    attend_tile(3, queries, tile, width, scale, count);
}

/* How many entries of the tile at begin a row sees. */
static int seen_of_tile(int64_t count, int64_t begin) {
    const int64_t left = count - begin;
    return left <= 0 ? 0 : left < TILE ? (int) left : TILE;
}

/* Rows that see the same part of the tile go together, whatever their heads. */
static void attend_rows(const struct mor_attention_task * task, struct query * queries, const struct tile * tile,
                        int64_t begin, float scale) {
    const int64_t width = task->queries->ne[0];
    int row = 0;
    while (row < task->row_count) {
        const int count = seen_of_tile(task->counts[row], begin);
        const int first = row;
        while (row < task->row_count && seen_of_tile(task->counts[row], begin) == count) {
            row++;
        }
        const int end = count == 0 ? 0 : row * task->head_count;
        for (int i = first * task->head_count; i < end; i += QUERIES_AT_ONCE) {
            switch (end - i) {
                case 1: attend_tile_1(queries + i, tile, width, scale, count); break;
                case 2: attend_tile_2(queries + i, tile, width, scale, count); break;
                default: attend_tile_3(queries + i, tile, width, scale, count); break;
            }
        }
    }
}

static void begin_query(const struct mor_attention_task * task, struct query * query, int64_t row, int64_t head) {
    const struct ggml_tensor * queries = task->queries;
    const int64_t width = queries->ne[0];
    const size_t offset = (size_t) head * queries->nb[1] + (size_t) row * queries->nb[2];
    query->of = (const float *) (const void *) ((const char *) queries->data + offset);
    query->sum = (float *) task->result->data + (row * queries->ne[1] + head) * width;
    query->greatest = MINUS_INFINITY;
    query->weight = 0.0f;
    memset(query->sum, 0, (size_t) width * sizeof(float));
}

/* A row that saw nothing stays zero. */
static void end_query(const struct query * query, int64_t width) {
    if (query->weight == 0.0f) {
        return;
    }
    const lanes factor = lanes_of(1.0f / query->weight);
    for (int64_t at = 0; at < width; at += LANES) {
        lanes_store(query->sum + at, lanes_mul(lanes_load(query->sum + at), factor));
    }
}

void MOR_ATTEND(const struct mor_attention_task * task) {
    const int64_t width = task->queries->ne[0];
    const float scale = 1.0f / sqrtf((float) width);
    const int query_count = task->row_count * task->head_count;
    struct query queries[QUERIES];
    struct tile tile;

    int64_t longest = 0;
    for (int row = 0; row < task->row_count; row++) {
        longest = task->counts[row] > longest ? task->counts[row] : longest;
        for (int head = 0; head < task->head_count; head++) {
            begin_query(task, &queries[row * task->head_count + head], task->first_row + row, task->first_head + head);
        }
    }
    for (int64_t begin = 0; begin < longest; begin += TILE) {
        load_tile(&tile, task, begin, seen_of_tile(longest, begin));
        attend_rows(task, queries, &tile, begin, scale);
    }
    for (int i = 0; i < query_count; i++) {
        end_query(&queries[i], width);
    }
}
