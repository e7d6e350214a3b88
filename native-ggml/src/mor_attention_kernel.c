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

#define CACHE_LINE 64

/* Queries that share the loads of a tile: as many as sums of their products fit into 16 registers. */
#define QUERIES_AT_ONCE 3

/* Queries of a task for which halves are not decoded first: of 512 slots, 1.8 times as fast with 6, as fast with 36. */
#define FEW_QUERIES 24

#define QUERIES (MOR_ATTENTION_ROWS * MOR_ATTENTION_HEADS)

/* How the values of a tile are read: as floats, or as halves where they are stored. */
enum form { FLOATS, HALVES };

/* Where keys and values of one head are: in the cache, or decoded here, F32 [width, TILE], 128 KiB at most. */
struct tile {
    const void * keys[TILE];
    const void * values[TILE];
    /* Entries that name no slot. */
    bool hidden[TILE];
    bool any_hidden;
    float decoded_keys[TILE * MOR_ATTENTION_WIDTH];
    float decoded_values[TILE * MOR_ATTENTION_WIDTH];
};

/* A row's query of one head, with its softmax so far. */
struct query {
    const float * of;
    float * sum;
    float greatest;
    float weight;
};

static const float MINUS_INFINITY = -INFINITY;

/* What is seen of a slot that is none. */
static const float NOTHING[MOR_ATTENTION_WIDTH];

#ifdef __F16C__
LANES_INLINE lanes lanes_load_halves(const ggml_fp16_t * from) {
    return (lanes) _mm256_cvtph_ps(_mm_loadu_si128((const void *) from));
}
#endif

LANES_INLINE lanes load(const enum form form, const void * from, int64_t at) {
#ifdef __F16C__
    if (form == HALVES) {
        return lanes_load_halves((const ggml_fp16_t *) from + at);
    }
#endif
    (void) form;
    return lanes_load((const float *) from + at);
}

static void decode_f16(const void * from, float * to, int64_t width) {
#ifdef __F16C__
    for (int64_t i = 0; i < width; i += LANES) {
        lanes_store(to + i, lanes_load_halves((const ggml_fp16_t *) from + i));
    }
#else
    ggml_fp16_to_fp32_row(from, to, width);
#endif
}

static void decode_bf16(const void * from, float * to, int64_t width) {
    const uint16_t * halves = from;
    for (int64_t i = 0; i < width; i++) {
        const uint32_t bits = (uint32_t) halves[i] << 16;
        memcpy(to + i, &bits, sizeof(bits));
    }
}

/* NULL for floats, which are read where they are. */
static ggml_to_float_t decoder_of(enum ggml_type type) {
    switch (type) {
        case GGML_TYPE_F32: return NULL;
        case GGML_TYPE_F16: return decode_f16;
        case GGML_TYPE_BF16: return decode_bf16;
        default: return ggml_get_type_traits(type)->to_float;
    }
}

/* Halves are decoded where they are used, if that is not often. */
static enum form form_of(const struct mor_attention_task * task) {
#ifdef __F16C__
    const bool is_seldom = task->row_count * task->head_count <= FEW_QUERIES;
    if (is_seldom && task->keys->type == GGML_TYPE_F16 && task->values->type == GGML_TYPE_F16) {
        return HALVES;
    }
#endif
    (void) task;
    return FLOATS;
}

/* Slots of a pool, seen by one head. */
struct head {
    const char * first;
    size_t bytes;
    size_t stride;
    ggml_to_float_t decode;
};

static struct head head_of(const struct mor_attention_task * task, const struct ggml_tensor * pool, enum form form) {
    const size_t bytes = ggml_row_size(pool->type, task->queries->ne[0]);
    return (struct head) {
        .first = (const char *) pool->data + (size_t) task->kv_head * bytes,
        .bytes = bytes,
        .stride = pool->nb[1],
        .decode = form == HALVES ? NULL : decoder_of(pool->type),
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

/* Fetches what a head stores in a slot: slots of a list lie anywhere, so the CPU does not do it by itself. */
static void prefetch(const struct head * head, int32_t slot) {
#ifdef __GNUC__
    for (size_t line = 0; line < head->bytes; line += CACHE_LINE) {
        __builtin_prefetch(head->first + (size_t) slot * head->stride + line, 0, 2);
    }
#else
    (void) head, (void) slot;
#endif
}

/* Fetches count entries of the list from begin on. */
static void prefetch_tile(const struct mor_attention_task * task, const struct head * keys, const struct head * values,
                         int64_t begin, int count) {
    for (int entry = 0; entry < count; entry++) {
        const int32_t slot = task->list[begin + entry];
        if (slot >= 0 && slot < task->keys->ne[1]) {
            prefetch(keys, slot);
            prefetch(values, slot);
        }
    }
}

/* Finds count entries of the list, and nothing after them up to a full block of keys. */
static void fill_tile(struct tile * tile, const struct mor_attention_task * task, const struct head * keys,
                      const struct head * values, int64_t begin, int count) {
    const int64_t width = task->queries->ne[0];
    tile->any_hidden = false;
    for (int entry = 0; entry < (count + LANES - 1) / LANES * LANES; entry++) {
        const int32_t slot = entry < count ? task->list[begin + entry] : -1;
        tile->hidden[entry] = slot < 0 || slot >= task->keys->ne[1];
        if (tile->hidden[entry]) {
            tile->any_hidden = true;
            tile->keys[entry] = NOTHING;
            tile->values[entry] = NOTHING;
        } else {
            tile->keys[entry] = at_slot(keys, slot, tile->decoded_keys + entry * width, width);
            tile->values[entry] = at_slot(values, slot, tile->decoded_values + entry * width, width);
        }
    }
}

/* scores[m][e] = queries[m] . keys[e]: eight sums over every eighth value, then those eight. */
LANES_INLINE void score(const int m, const int keys_at_once, const enum form form, const struct query * queries,
                        const struct tile * tile, int64_t width, int count, float (*scores)[TILE]) {
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
                const lanes key = load(form, keys[k], at);
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
LANES_INLINE void add_values(const int m, const int vectors, const enum form form, const struct query * queries,
                             const void * const * values, int64_t at, int count, const float (*weights)[TILE],
                             const float * shrink) {
    lanes sums[QUERIES_AT_ONCE][LANES];
    for (int i = 0; i < m; i++) {
        for (int v = 0; v < vectors; v++) {
            sums[i][v] = lanes_mul(lanes_load(queries[i].sum + at + v * LANES), lanes_of(shrink[i]));
        }
    }
    for (int entry = 0; entry < count; entry++) {
        for (int v = 0; v < vectors; v++) {
            const lanes eight = load(form, values[entry], at + v * LANES);
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
LANES_INLINE void attend_tile(const int m, const enum form form, struct query * queries, const struct tile * tile,
                              int64_t width, float scale, int count) {
    const int block = m == 1 ? 8 : 4;
    float scores[QUERIES_AT_ONCE][TILE];
    float shrink[QUERIES_AT_ONCE];
    score(m, block, form, queries, tile, width, count, scores);
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
        add_values(m, block, form, queries, tile->values, at, count, (const float(*)[TILE]) scores, shrink);
    }
    for (; at < width; at += LANES) {
        add_values(m, 1, form, queries, tile->values, at, count, (const float(*)[TILE]) scores, shrink);
    }
}

typedef void attend_tile_fn(struct query * queries, const struct tile * tile, int64_t width, float scale, int count);

/* attend_tile for m queries at compile time. */
#define ATTEND_TILE(name, m, form)                                                                                     \
    static void name(struct query * queries, const struct tile * tile, int64_t width, float scale, int count) {        \
        attend_tile(m, form, queries, tile, width, scale, count);                                                      \
    }

ATTEND_TILE(attend_floats_1, 1, FLOATS)
ATTEND_TILE(attend_floats_2, 2, FLOATS)
ATTEND_TILE(attend_floats_3, 3, FLOATS)
ATTEND_TILE(attend_halves_1, 1, HALVES)
ATTEND_TILE(attend_halves_2, 2, HALVES)
ATTEND_TILE(attend_halves_3, 3, HALVES)

/* By form and number of queries less one. */
static attend_tile_fn * const ATTEND_TILES[2][QUERIES_AT_ONCE] = {
    [FLOATS] = { attend_floats_1, attend_floats_2, attend_floats_3 },
    [HALVES] = { attend_halves_1, attend_halves_2, attend_halves_3 },
};

/* How many entries of the tile at begin a row sees. */
static int seen_of_tile(int64_t count, int64_t begin) {
    const int64_t left = count - begin;
    return left <= 0 ? 0 : left < TILE ? (int) left : TILE;
}

/* Rows that see the same part of the tile go together, whatever their heads. */
static void attend_rows(const struct mor_attention_task * task, enum form form, struct query * queries,
                        const struct tile * tile, int64_t begin, float scale) {
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
            const int m = end - i < QUERIES_AT_ONCE ? end - i : QUERIES_AT_ONCE;
            ATTEND_TILES[form][m - 1](queries + i, tile, width, scale, count);
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
    const enum form form = form_of(task);
    const struct head keys = head_of(task, task->keys, form);
    const struct head values = head_of(task, task->values, form);
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
        prefetch_tile(task, &keys, &values, begin + TILE, seen_of_tile(longest, begin + TILE));
        fill_tile(&tile, task, &keys, &values, begin, seen_of_tile(longest, begin));
        attend_rows(task, form, queries, &tile, begin, scale);
    }
    for (int i = 0; i < query_count; i++) {
        end_query(&queries[i], width);
    }
}
