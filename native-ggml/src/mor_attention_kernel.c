/*
 * Kernel of mor_ragged_attention: online softmax over tiles of visible slots. Compiled once for any CPU, and on x86
 * once more for AVX2, FMA and F16C with MOR_ATTEND defined as another name.
 *
 * Batch-invariant: the bits of a row's result depend only on its query, its own visible slots and their keys and
 * values. Tiles of TILE slots are counted from the start of the row's own range. Rows share loads, never arithmetic.
 */
#include "mor_attention.h"

#include <math.h>

#include "mor_lanes.h"

#ifndef MOR_ATTEND
#    define MOR_ATTEND mor_attend_any
#endif

/* Visible slots that are processed together. */
#define TILE 32

#define CACHE_LINE 64

/* Queries that share the loads of a tile: with more, their partial sums would not fit into 16 vector registers. */
#define QUERIES_AT_ONCE 3

/*
 * Up to this many queries of a task, half-precision values are converted at each use instead of being decoded to a tile
 * first. Measured over 512 slots: 1.8 times as fast with 6 queries, equally fast with 36.
 */
#define FEW_QUERIES 24

#define QUERIES (MOR_ATTENTION_ROWS * MOR_ATTENTION_HEADS)

/* The format of a tile's keys and values: F32, or F16 read in place from the K/V cache. */
enum tile_format { TILE_F32, TILE_F16 };

/* Keys and values of one K/V head: pointers into the K/V cache, or into the decoded copies F32 [width, TILE] below. */
struct tile {
    const void * keys[TILE];
    const void * values[TILE];
    /* Entries that are no valid slot number: their scores are minus infinity. */
    bool invalid[TILE];
    bool any_invalid;
    float decoded_keys[TILE * MOR_ATTENTION_WIDTH];
    float decoded_values[TILE * MOR_ATTENTION_WIDTH];
};

/* One row's query of one head, with the state of its online softmax. */
struct query {
    const float * vector;
    /* The values seen so far, weighted and summed: F32 [width], in the result tensor. */
    float * sum;
    /* The greatest score so far; all weights are relative to it. */
    float max_score;
    /* The sum of the weights so far. */
    float weight_sum;
};

static const float MINUS_INFINITY = -INFINITY;

/* Read instead of the key and the value of an invalid slot: 0 * weight 0. */
static const float ZEROS[MOR_ATTENTION_WIDTH];

#ifdef __F16C__
LANES_INLINE lanes lanes_load_f16(const ggml_fp16_t * from) {
    return (lanes) _mm256_cvtph_ps(_mm_loadu_si128((const void *) from));
}
#endif

LANES_INLINE lanes load(const enum tile_format format, const void * from, int64_t at) {
#ifdef __F16C__
    if (format == TILE_F16) {
        return lanes_load_f16((const ggml_fp16_t *) from + at);
    }
#endif
    (void) format;
    return lanes_load((const float *) from + at);
}

static void decode_f16(const void * from, float * to, int64_t width) {
#ifdef __F16C__
    for (int64_t i = 0; i < width; i += LANES) {
        lanes_store(to + i, lanes_load_f16((const ggml_fp16_t *) from + i));
    }
#else
    ggml_fp16_to_fp32_row(from, to, width);
#endif
}

static void decode_bf16(const void * from, float * to, int64_t width) {
    const uint16_t * stored = from;
    for (int64_t i = 0; i < width; i++) {
        const uint32_t bits = (uint32_t) stored[i] << 16;
        memcpy(to + i, &bits, sizeof(bits));
    }
}

/* NULL for F32, which is read in place. */
static ggml_to_float_t decoder_of(enum ggml_type type) {
    switch (type) {
        case GGML_TYPE_F32: return NULL;
        case GGML_TYPE_F16: return decode_f16;
        case GGML_TYPE_BF16: return decode_bf16;
        default: return ggml_get_type_traits(type)->to_float;
    }
}

/* F16 is read in place if few queries use each value; see FEW_QUERIES. */
static enum tile_format format_of(const struct mor_attention_task * task) {
#ifdef __F16C__
    const bool has_few_queries = task->row_count * task->head_count <= FEW_QUERIES;
    if (has_few_queries && task->keys->type == GGML_TYPE_F16 && task->values->type == GGML_TYPE_F16) {
        return TILE_F16;
    }
#endif
    (void) task;
    return TILE_F32;
}

/* The keys or the values of one K/V head in all slots. */
struct head {
    const char * first;
    size_t bytes;
    size_t stride;
    ggml_to_float_t decode;
};

static struct head head_of(const struct mor_attention_task * task, const struct ggml_tensor * pool,
                           enum tile_format format) {
    const size_t bytes = ggml_row_size(pool->type, task->queries->ne[0]);
    return (struct head) {
        .first = (const char *) pool->data + (size_t) task->kv_head * bytes,
        .bytes = bytes,
        .stride = pool->nb[1],
        .decode = format == TILE_F16 ? NULL : decoder_of(pool->type),
    };
}

static const void * at_slot(const struct head * head, int32_t slot, float * decoded, int64_t width) {
    const char * stored = head->first + (size_t) slot * head->stride;
    if (head->decode == NULL) {
        return stored;
    }
    head->decode(stored, decoded, width);
    return decoded;
}

/* Prefetches a head's row of one slot. Visible slots are scattered: the CPU's own prefetcher does not find them. */
static void prefetch(const struct head * head, int32_t slot) {
#ifdef __GNUC__
    for (size_t line = 0; line < head->bytes; line += CACHE_LINE) {
        __builtin_prefetch(head->first + (size_t) slot * head->stride + line, 0, 2);
    }
#else
    (void) head, (void) slot;
#endif
}

/* Prefetches the keys and values of count visible slots from begin on. */
static void prefetch_tile(const struct mor_attention_task * task, const struct head * keys, const struct head * values,
                         int64_t begin, int count) {
    for (int entry = 0; entry < count; entry++) {
        const int32_t slot = task->visible[begin + entry];
        if (slot >= 0 && slot < task->keys->ne[1]) {
            prefetch(keys, slot);
            prefetch(values, slot);
        }
    }
}

/* Fills a tile with count visible slots from begin on, and with invalid entries up to a multiple of LANES. */
static void fill_tile(struct tile * tile, const struct mor_attention_task * task, const struct head * keys,
                      const struct head * values, int64_t begin, int count) {
    const int64_t width = task->queries->ne[0];
    tile->any_invalid = false;
    for (int entry = 0; entry < (count + LANES - 1) / LANES * LANES; entry++) {
        const int32_t slot = entry < count ? task->visible[begin + entry] : -1;
        tile->invalid[entry] = slot < 0 || slot >= task->keys->ne[1];
        if (tile->invalid[entry]) {
            tile->any_invalid = true;
            tile->keys[entry] = ZEROS;
            tile->values[entry] = ZEROS;
        } else {
            tile->keys[entry] = at_slot(keys, slot, tile->decoded_keys + entry * width, width);
            tile->values[entry] = at_slot(values, slot, tile->decoded_values + entry * width, width);
        }
    }
}

/* scores[m][e] = queries[m] . keys[e]: eight partial sums over every eighth value, which are then added up. */
LANES_INLINE void score(const int m, const int keys_at_once, const enum tile_format format,
                        const struct query * queries, const struct tile * tile, int64_t width, int count,
                        float (*scores)[TILE]) {
    for (int entry = 0; entry < count; entry += keys_at_once) {
        const void * const * keys = tile->keys + entry;
        lanes sums[QUERIES_AT_ONCE][LANES];
        for (int i = 0; i < m; i++) {
            for (int k = 0; k < keys_at_once; k++) {
                sums[i][k] = lanes_of(0.0f);
            }
        }
        for (int64_t at = 0; at < width; at += LANES) {
            for (int k = 0; k < keys_at_once; k++) {
                const lanes key = load(format, keys[k], at);
                for (int i = 0; i < m; i++) {
                    sums[i][k] = lanes_fma(lanes_load(queries[i].vector + at), key, sums[i][k]);
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

/*
 * Turns a tile's scores into softmax weights relative to the greatest score so far. Returns the factor by which the
 * earlier sums of this query have to be multiplied.
 */
LANES_INLINE float update_softmax(struct query * query, float scale, float * scores) {
    lanes scaled[TILE / LANES];
    for (int i = 0; i < TILE / LANES; i++) {
        scaled[i] = lanes_mul(lanes_load(scores + i * LANES), lanes_of(scale));
    }
    const float tile_max =
        lanes_greatest(lanes_max(lanes_max(scaled[0], scaled[1]), lanes_max(scaled[2], scaled[3])));
    const float max_score = tile_max > query->max_score ? tile_max : query->max_score;
    if (max_score == MINUS_INFINITY) {
        memset(scores, 0, TILE * sizeof(float));
        return 1.0f;
    }
    for (int i = 0; i < TILE / LANES; i++) {
        scaled[i] = lanes_exp(lanes_sub(scaled[i], lanes_of(max_score)));
        lanes_store(scores + i * LANES, scaled[i]);
    }
    float shrink[LANES];
    lanes_store(shrink, lanes_exp(lanes_of(query->max_score - max_score)));
    const float sum = lanes_sum(lanes_add(lanes_add(scaled[0], scaled[1]), lanes_add(scaled[2], scaled[3])));
    query->weight_sum = query->weight_sum * shrink[0] + sum;
    query->max_score = max_score;
    return shrink[0];
}

/* sum[m] = sum[m] * shrink[m] + weights[m][e] * values[e], slot by slot, for columns at .. at + 8 * vectors - 1. */
LANES_INLINE void add_values(const int m, const int vectors, const enum tile_format format,
                             const struct query * queries, const void * const * values, int64_t at, int count,
                             const float (*weights)[TILE], const float * shrink) {
    lanes sums[QUERIES_AT_ONCE][LANES];
    for (int i = 0; i < m; i++) {
        for (int v = 0; v < vectors; v++) {
            sums[i][v] = lanes_mul(lanes_load(queries[i].sum + at + v * LANES), lanes_of(shrink[i]));
        }
    }
    for (int entry = 0; entry < count; entry++) {
        for (int v = 0; v < vectors; v++) {
            const lanes eight = load(format, values[entry], at + v * LANES);
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

/* Processes a tile for m queries to which its first count slots are visible. The block size does not change any sum. */
LANES_INLINE void attend_tile(const int m, const enum tile_format format, struct query * queries,
                              const struct tile * tile, int64_t width, float scale, int count) {
    const int block = m == 1 ? 8 : 4;
    float scores[QUERIES_AT_ONCE][TILE];
    float shrink[QUERIES_AT_ONCE];
    score(m, block, format, queries, tile, width, count, scores);
    for (int i = 0; i < m; i++) {
        for (int entry = count; entry < TILE; entry++) {
            scores[i][entry] = MINUS_INFINITY;
        }
        for (int entry = 0; tile->any_invalid && entry < count; entry++) {
            scores[i][entry] = tile->invalid[entry] ? MINUS_INFINITY : scores[i][entry];
        }
        shrink[i] = update_softmax(&queries[i], scale, scores[i]);
    }
    int64_t at = 0;
    for (; at + block * LANES <= width; at += block * LANES) {
        add_values(m, block, format, queries, tile->values, at, count, (const float(*)[TILE]) scores, shrink);
    }
    for (; at < width; at += LANES) {
        add_values(m, 1, format, queries, tile->values, at, count, (const float(*)[TILE]) scores, shrink);
    }
}

typedef void attend_tile_fn(struct query * queries, const struct tile * tile, int64_t width, float scale, int count);

/* attend_tile specialized for m queries and a format, so that the compiler unrolls its loops. */
#define ATTEND_TILE(name, m, format)                                                                                   \
    static void name(struct query * queries, const struct tile * tile, int64_t width, float scale, int count) {        \
        attend_tile(m, format, queries, tile, width, scale, count);                                                    \
    }

ATTEND_TILE(attend_f32_1, 1, TILE_F32)
ATTEND_TILE(attend_f32_2, 2, TILE_F32)
ATTEND_TILE(attend_f32_3, 3, TILE_F32)
ATTEND_TILE(attend_f16_1, 1, TILE_F16)
ATTEND_TILE(attend_f16_2, 2, TILE_F16)
ATTEND_TILE(attend_f16_3, 3, TILE_F16)

/* Indexed by format and by the number of queries minus one. */
static attend_tile_fn * const ATTEND_TILES[2][QUERIES_AT_ONCE] = {
    [TILE_F32] = { attend_f32_1, attend_f32_2, attend_f32_3 },
    [TILE_F16] = { attend_f16_1, attend_f16_2, attend_f16_3 },
};

/* How many slots of the tile at begin are visible to a row with count visible slots. */
static int visible_in_tile(int64_t count, int64_t begin) {
    const int64_t left = count - begin;
    return left <= 0 ? 0 : left < TILE ? (int) left : TILE;
}

/* Processes a tile for all rows. Consecutive rows with the same count in this tile share its loads. */
static void attend_rows(const struct mor_attention_task * task, enum tile_format format, struct query * queries,
                        const struct tile * tile, int64_t begin, float scale) {
    const int64_t width = task->queries->ne[0];
    int row = 0;
    while (row < task->row_count) {
        const int count = visible_in_tile(task->counts[row], begin);
        const int first = row;
        while (row < task->row_count && visible_in_tile(task->counts[row], begin) == count) {
            row++;
        }
        const int end = count == 0 ? 0 : row * task->head_count;
        for (int i = first * task->head_count; i < end; i += QUERIES_AT_ONCE) {
            const int m = end - i < QUERIES_AT_ONCE ? end - i : QUERIES_AT_ONCE;
            ATTEND_TILES[format][m - 1](queries + i, tile, width, scale, count);
        }
    }
}

static void begin_query(const struct mor_attention_task * task, struct query * query, int64_t row, int64_t head) {
    const struct ggml_tensor * queries = task->queries;
    const int64_t width = queries->ne[0];
    const size_t offset = (size_t) head * queries->nb[1] + (size_t) row * queries->nb[2];
    query->vector = (const float *) (const void *) ((const char *) queries->data + offset);
    query->sum = (float *) task->result->data + (row * queries->ne[1] + head) * width;
    query->max_score = MINUS_INFINITY;
    query->weight_sum = 0.0f;
    memset(query->sum, 0, (size_t) width * sizeof(float));
}

/* Divides by the sum of the weights. The result of a row without visible slots stays zero. */
static void end_query(const struct query * query, int64_t width) {
    if (query->weight_sum == 0.0f) {
        return;
    }
    const lanes factor = lanes_of(1.0f / query->weight_sum);
    for (int64_t at = 0; at < width; at += LANES) {
        lanes_store(query->sum + at, lanes_mul(lanes_load(query->sum + at), factor));
    }
}

void MOR_ATTEND(const struct mor_attention_task * task) {
    const int64_t width = task->queries->ne[0];
    const float scale = 1.0f / sqrtf((float) width);
    const int query_count = task->row_count * task->head_count;
    const enum tile_format format = format_of(task);
    const struct head keys = head_of(task, task->keys, format);
    const struct head values = head_of(task, task->values, format);
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
        prefetch_tile(task, &keys, &values, begin + TILE, visible_in_tile(longest, begin + TILE));
        fill_tile(&tile, task, &keys, &values, begin, visible_in_tile(longest, begin));
        attend_rows(task, format, queries, &tile, begin, scale);
    }
    for (int i = 0; i < query_count; i++) {
        end_query(&queries[i], width);
    }
}
