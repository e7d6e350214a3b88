/*
 * Tests of the C library mor: mor_test NATIVES_FOLDER [abort]. Prints each failed check and exits with 1 if there is one.
 * With abort, lets ggml abort the process, so that the caller can look at what is printed.
 */
#include "mor.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggml-backend.h"
#include "mor_attention.h"
#include "mor_logits.h"
#include "mor_reference.h"

static int failures;

#define CHECK(fact)                                                    \
    do {                                                               \
        if (!(fact)) {                                                 \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #fact); \
            failures++;                                                \
        }                                                              \
    } while (0)

static char text[MOR_LOG_CAPACITY + 1];

static const char * drain(size_t capacity) {
    text[mor_log_drain(text, capacity)] = '\0';
    return text;
}

static void log_line(enum ggml_log_level level, const char * line) {
    ggml_log_callback callback = NULL;
    void * user_data = NULL;
    ggml_log_get(&callback, &user_data);
    callback(level, line, user_data);
}

static void describes_itself(void) {
    CHECK(mor_abi_version() == MOR_ABI_VERSION);
    CHECK(strlen(mor_version()) > 0);
    CHECK(strcmp(mor_ggml_commit(), ggml_commit()) == 0);
    CHECK(mor_constant("MOR_DIGEST_LOGITS") == MOR_DIGEST_LOGITS);
    CHECK(mor_constant("sizeof(ggml_tensor)") == (int64_t) sizeof(struct ggml_tensor));
    CHECK(mor_constant("MOR_DIGEST") == -1);
}

static void keeps_log_of_chosen_levels_with_continuations(void) {
    mor_log_capture(GGML_LOG_LEVEL_WARN);

    log_line(GGML_LOG_LEVEL_INFO, "dropped ");
    log_line(GGML_LOG_LEVEL_CONT, "continuation\n");
    log_line(GGML_LOG_LEVEL_WARN, "kept ");
    log_line(GGML_LOG_LEVEL_CONT, "continuation\n");

    CHECK(strcmp(drain(MOR_LOG_CAPACITY), "kept continuation\n") == 0);
    CHECK(strcmp(drain(MOR_LOG_CAPACITY), "") == 0);
}

static void drains_in_parts(void) {
    log_line(GGML_LOG_LEVEL_ERROR, "abcde\n");

    CHECK(strcmp(drain(4), "abcd") == 0);
    CHECK(strcmp(drain(4), "e\n") == 0);
}

static void drops_oldest_lines_when_full(void) {
    char line[32];
    for (int i = 0; i < 10000; i++) {
        snprintf(line, sizeof(line), "message %d\n", i);
        log_line(GGML_LOG_LEVEL_ERROR, line);
    }

    drain(MOR_LOG_CAPACITY);

    CHECK(strlen(text) <= MOR_LOG_CAPACITY);
    CHECK(strlen(text) > MOR_LOG_CAPACITY - 32);
    CHECK(strncmp(text, "message ", 8) == 0);
    CHECK(strcmp(text + strlen(text) - 13, "message 9999\n") == 0);
}

static void keeps_end_of_message_longer_than_the_log(void) {
    char * message = malloc(2 * MOR_LOG_CAPACITY + 1);
    memset(message, 'x', 2 * MOR_LOG_CAPACITY);
    strcpy(message + 2 * MOR_LOG_CAPACITY - 3, "end");

    log_line(GGML_LOG_LEVEL_ERROR, message);

    CHECK(strlen(drain(MOR_LOG_CAPACITY)) == MOR_LOG_CAPACITY);
    CHECK(strcmp(text + MOR_LOG_CAPACITY - 3, "end") == 0);
    free(message);
}

static void cancels_until_cleared(void) {
    void * flag = mor_cancel_new();

    CHECK(!mor_cancelled(flag));
    mor_cancel_set(flag, 1);
    CHECK(mor_cancelled(flag));
    mor_cancel_set(flag, 0);
    CHECK(!mor_cancelled(flag));

    mor_cancel_free(flag);
}

enum { EMBD = 37, TOKENS = 11, KEPT = 5 };

static void fill(struct ggml_tensor * tensor, uint32_t seed) {
    float * values = ggml_get_data_f32(tensor);
    for (int64_t i = 0; i < ggml_nelements(tensor); i++) {
        seed = seed * 1664525u + 1013904223u;
        values[i] = (float) (seed >> 8) / 8388608.0f - 1.0f;
    }
}

static struct ggml_tensor * stream_of(struct ggml_context * ctx) {
    struct ggml_tensor * stream = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, EMBD, TOKENS);
    fill(stream, 1);
    return stream;
}

static struct ggml_tensor * rows_of(struct ggml_context * ctx, const int32_t * rows) {
    struct ggml_tensor * tensor = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, KEPT);
    memcpy(tensor->data, rows, sizeof(int32_t) * KEPT);
    return tensor;
}

static void * fused(struct ggml_context * ctx, const int32_t * rows, int threads) {
    struct ggml_tensor * args[] = {
        ggml_new_tensor_2d(ctx, GGML_TYPE_F32, EMBD, KEPT),
        rows_of(ctx, rows),
        ggml_new_tensor_1d(ctx, GGML_TYPE_F32, KEPT),
    };
    fill(args[0], 2);
    fill(args[2], 3);
    struct ggml_tensor * op =
        ggml_custom_inplace(ctx, stream_of(ctx), args, 3, mor_gated_scatter_add, GGML_N_TASKS_MAX, NULL);
    for (int thread = 0; thread < threads; thread++) {
        mor_gated_scatter_add(op, thread, threads, NULL);
    }
    return op->data;
}

static bool compute(ggml_backend_t backend, struct ggml_context * ctx, struct ggml_tensor * result) {
    struct ggml_cgraph * graph = ggml_new_graph(ctx);
    ggml_build_forward_expand(graph, result);
    return ggml_backend_graph_compute(backend, graph) == GGML_STATUS_SUCCESS;
}

static void scatter_equals_stock_operations(ggml_backend_t cpu, struct ggml_context * ctx) {
    const int32_t rows[KEPT] = { 0, 3, 4, 9, 10 };
    struct ggml_tensor * stream = stream_of(ctx);
    struct ggml_tensor * update = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, EMBD, KEPT);
    struct ggml_tensor * gates = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, 1, KEPT);
    struct ggml_tensor * index = rows_of(ctx, rows);
    fill(update, 2);
    fill(gates, 3);
    struct ggml_tensor * sum = ggml_add(ctx, ggml_get_rows(ctx, stream, index), ggml_mul(ctx, update, gates));

    const bool computed = compute(cpu, ctx, ggml_set_rows(ctx, stream, sum, index));

    CHECK(computed);
    for (int threads = 1; threads <= 5; threads++) {
        CHECK(memcmp(fused(ctx, rows, threads), stream->data, ggml_nbytes(stream)) == 0);
    }
}

static void scatter_runs_as_a_graph_node(ggml_backend_t cpu, struct ggml_context * ctx) {
    const int32_t rows[KEPT] = { 10, 3, 4, 9, 0 };
    struct ggml_tensor * stream = stream_of(ctx);
    struct ggml_tensor * args[] = {
        ggml_new_tensor_2d(ctx, GGML_TYPE_F32, EMBD, KEPT),
        rows_of(ctx, rows),
        ggml_new_tensor_1d(ctx, GGML_TYPE_F32, KEPT),
    };
    fill(args[0], 2);
    fill(args[2], 3);

    const bool computed = compute(
        cpu, ctx, ggml_custom_inplace(ctx, stream, args, 3, mor_gated_scatter_add, GGML_N_TASKS_MAX, NULL));

    CHECK(computed);
    CHECK(memcmp(stream->data, fused(ctx, rows, 1), ggml_nbytes(stream)) == 0);
}

static void scatter_agrees_with_reference(struct ggml_context * ctx) {
    const int32_t rows[KEPT] = { 7, 2, 7, 0, 10 };
    struct ggml_tensor * expected = stream_of(ctx);
    struct ggml_tensor * update = ggml_new_tensor_2d(ctx, GGML_TYPE_F32, EMBD, KEPT);
    struct ggml_tensor * gates = ggml_new_tensor_1d(ctx, GGML_TYPE_F32, KEPT);
    fill(update, 2);
    fill(gates, 3);
    mor_reference_scatter_add(expected->data, update, rows_of(ctx, rows), gates);

    const float * found = fused(ctx, rows, 1);

    /* Values up to 4, rounded twice for each update: up to 3 updates of half a unit of 4 * 2^-24 each way. */
    for (int i = 0; i < EMBD * TOKENS; i++) {
        CHECK(fabsf(found[i] - ((const float *) expected->data)[i]) < 1.5e-6f);
    }
}

static void scatter_adds_repeated_rows_in_order(struct ggml_context * ctx) {
    const int32_t rows[KEPT] = { 7, 2, 7, 7, 2 };
    const void * alone = fused(ctx, rows, 1);

    for (int threads = 2; threads <= 5; threads++) {
        CHECK(memcmp(fused(ctx, rows, threads), alone, sizeof(float) * EMBD * TOKENS) == 0);
    }
}

enum { HEAD = 24, HEADS = 4, SLOTS = 50, ROWS = 40 };

static struct ggml_tensor * filled(struct ggml_context * ctx, int64_t a, int64_t b, int64_t c, uint32_t seed) {
    struct ggml_tensor * tensor = ggml_new_tensor_3d(ctx, GGML_TYPE_F32, a, b, c);
    fill(tensor, seed);
    return tensor;
}

static struct ggml_tensor * pool(struct ggml_context * ctx, enum ggml_type type, int64_t width, uint32_t seed) {
    struct ggml_tensor * source = filled(ctx, width, SLOTS, 1, seed);
    struct ggml_tensor * tensor = ggml_new_tensor_2d(ctx, type, width, SLOTS);
    if (type == GGML_TYPE_F32) {
        return source;
    }
    ggml_quantize_chunk(type, source->data, tensor->data, 0, SLOTS, width, NULL);
    return tensor;
}

struct attention_case {
    enum ggml_type type;
    int64_t width;
    int64_t kv_heads;
};

/* Row r sees the first r + 1 slots. */
static struct ggml_tensor * attention_with(struct ggml_context * ctx, struct attention_case shape) {
    struct ggml_tensor * visible = ggml_new_tensor_1d(ctx, GGML_TYPE_I32, SLOTS);
    struct ggml_tensor * ranges = ggml_new_tensor_2d(ctx, GGML_TYPE_I32, 2, ROWS);
    for (int32_t slot = 0; slot < SLOTS; slot++) {
        ((int32_t *) visible->data)[slot] = slot;
    }
    for (int32_t row = 0; row < ROWS; row++) {
        ((int32_t *) ranges->data)[2 * row] = 0;
        ((int32_t *) ranges->data)[2 * row + 1] = row + 1;
    }
    struct ggml_tensor * args[] = {
        filled(ctx, shape.width, HEADS, ROWS, 4), pool(ctx, shape.type, shape.width * shape.kv_heads, 5),
        pool(ctx, shape.type, shape.width * shape.kv_heads, 6), visible, ranges,
    };
    return ggml_custom_4d(
        ctx, GGML_TYPE_F32, shape.width, HEADS, ROWS, 1, args, 5, mor_ragged_attention, GGML_N_TASKS_MAX, NULL);
}

static struct ggml_tensor * attention_of(struct ggml_context * ctx) {
    return attention_with(ctx, (struct attention_case) { GGML_TYPE_F32, HEAD, 1 });
}

/* Slots in disorder, invalid entries, different offsets, and ranges that are empty or exceed the list. */
static void disturb(struct ggml_tensor * visible, struct ggml_tensor * ranges) {
    int32_t * slots = visible->data;
    for (int32_t entry = 0; entry < SLOTS; entry++) {
        slots[entry] = entry % 11 == 5 ? -1 : entry % 11 == 7 ? SLOTS : entry * 17 % SLOTS;
    }
    int32_t * range = ranges->data;
    for (int32_t row = 0; row < ROWS; row++) {
        range[2 * row] = row / 6;
        range[2 * row + 1] = row % 13 == 12 ? 0 : row % 13 == 11 ? SLOTS + 1 : SLOTS - row;
    }
}

static void attention_agrees_with_reference(struct ggml_context * ctx) {
    const struct attention_case cases[] = {
        { GGML_TYPE_F32, 24, 1 }, { GGML_TYPE_F16, 64, 2 }, { GGML_TYPE_BF16, 64, 4 }, { GGML_TYPE_Q8_0, 128, 2 },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct ggml_tensor * found = attention_with(ctx, cases[i]);
        disturb(found->src[3], found->src[4]);
        struct ggml_tensor * expected = ggml_dup_tensor(ctx, found);
        const struct ggml_tensor * const sources[5] = {
            found->src[0], found->src[1], found->src[2], found->src[3], found->src[4],
        };
        mor_reference_attention(sources, expected->data);

        mor_ragged_attention(found, 0, 1, NULL);

        /* Weighted means of values below 1, summed over up to 50 slots in single precision. */
        for (int64_t at = 0; at < ggml_nelements(found); at++) {
            CHECK(fabsf(((const float *) found->data)[at] - ((const float *) expected->data)[at]) < 2e-6f);
        }
    }
}

/* This program contains the kernel for any CPU; the library chooses the best one for this CPU. */
static void attention_kernels_agree(struct ggml_context * ctx) {
    struct ggml_tensor * best = attention_of(ctx);
    const struct ggml_tensor * any = attention_of(ctx);
    mor_ragged_attention(best, 0, 1, NULL);
    struct mor_attention_task task = {
        .queries = any->src[0], .keys = any->src[1], .values = any->src[2], .result = (struct ggml_tensor *) any,
        .visible = any->src[3]->data, .head_count = HEADS,
    };

    for (int row = 0; row < ROWS; row += task.row_count) {
        task.first_row = row;
        task.row_count = ROWS - row < MOR_ATTENTION_ROWS ? ROWS - row : MOR_ATTENTION_ROWS;
        for (int i = 0; i < task.row_count; i++) {
            task.counts[i] = row + i + 1;
        }
        mor_attend_any(&task);
    }

    /* A fused multiply-add saves a rounding, so weighted means of values below 1 differ in their last bits. */
    for (int i = 0; i < HEAD * HEADS * ROWS; i++) {
        CHECK(fabsf(((const float *) any->data)[i] - ((const float *) best->data)[i]) < 1e-6f);
    }
    CHECK(((const float *) any->data)[0] == ((const float *) any->src[2]->data)[0]);
}

static void attention_does_not_depend_on_threads(struct ggml_context * ctx) {
    struct ggml_tensor * alone = attention_of(ctx);
    mor_ragged_attention(alone, 0, 1, NULL);

    for (int threads = 2; threads <= 5; threads++) {
        struct ggml_tensor * shared = attention_of(ctx);
        for (int thread = 0; thread < threads; thread++) {
            mor_ragged_attention(shared, thread, threads, NULL);
        }
        CHECK(memcmp(shared->data, alone->data, ggml_nbytes(alone)) == 0);
    }
}

static void asks_for_large_pages_of_whole_pages_only(void) {
    const size_t bytes = 8 << 20;
    const uintptr_t largest_page = 65536;
    char * memory = malloc(bytes);
    char * between_pages = (char *) (((uintptr_t) memory / largest_page + 1) * largest_page);

    mor_prefer_large_pages(memory + 1, bytes - 2); /* the result depends on the system */
    memset(memory, 1, bytes);

    CHECK(memory[0] == 1 && memory[bytes - 1] == 1);
    CHECK(!mor_prefer_large_pages(between_pages - 8, 16));
    free(memory);
}

static const float MINUS_INFINITIES[9] = { -INFINITY, -INFINITY, -INFINITY, -INFINITY, -INFINITY,
                                     -INFINITY, -INFINITY, -INFINITY, -INFINITY };

static void sums_exponentials(void) {
    static float values[3003];
    double sum = 0.0;
    for (int i = 0; i < 3003; i++) {
        values[i] = (float) (((i * 37) % 101) - 80) * 0.25f + 300.0f;
        sum += exp((double) values[i] - 300.0);
    }

    CHECK(fabs(mor_log_sum_exp(values, 3003) - (300.0 + log(sum))) < 1e-6);
    CHECK(mor_log_sum_exp(values, 1) == (double) values[0]);
    CHECK(mor_log_sum_exp(values, 0) == -INFINITY);
    CHECK(mor_log_sum_exp(MINUS_INFINITIES, 9) == -INFINITY);
}

static void digests_pieces(void) {
    float values[19];
    for (int i = 0; i < 19; i++) {
        values[i] = (float) ((i * 7) % 19 / 2);
    }

    const struct mor_reference_digest reference = mor_reference_digest(values, 19);
    const struct mor_digest digest = mor_digest_any(values, 19);
    values[3] = NAN;
    const struct mor_digest with_nan = mor_digest_any(values, 19);
    values[3] = INFINITY;
    const struct mor_digest with_infinity = mor_digest_any(values, 19);
    const struct mor_digest without_maximum = mor_digest_any(MINUS_INFINITIES, 9);
    const float nan_only[2] = { -INFINITY, NAN };

    CHECK((double) digest.greatest == reference.greatest && digest.index == reference.index);
    CHECK(fabs((double) digest.sum / reference.sum - 1.0) < 1e-6);
    CHECK(isnan(with_nan.sum));
    CHECK(isnan(with_infinity.sum));
    CHECK(without_maximum.greatest == -INFINITY && without_maximum.sum == 0.0f);
    CHECK(isnan(mor_digest_any(nan_only, 2).sum));
}

static void digests_agree_with_reference(struct ggml_context * ctx) {
    enum { WIDTH = 2500, COUNT = 7, PIECES = 3 };
    struct ggml_tensor * logits = filled(ctx, WIDTH, COUNT, 1, 8);
    struct ggml_tensor * found = ggml_custom_4d(
        ctx, GGML_TYPE_F32, MOR_DIGEST_VALUES * PIECES, COUNT, 1, 1, &logits, 1, mor_digest_logits, GGML_N_TASKS_MAX, NULL);

    mor_digest_logits(found, 0, 1, NULL);

    for (int row = 0; row < COUNT; row++) {
        for (int piece = 0; piece < PIECES; piece++) {
            const int begin = piece * MOR_DIGEST_LOGITS;
            const int count = WIDTH - begin < MOR_DIGEST_LOGITS ? WIDTH - begin : MOR_DIGEST_LOGITS;
            const struct mor_reference_digest expected =
                mor_reference_digest((const float *) logits->data + row * WIDTH + begin, count);
            const float * digest = (const float *) found->data + (row * PIECES + piece) * MOR_DIGEST_VALUES;
            CHECK((double) digest[0] == expected.greatest && (int64_t) digest[1] == begin + expected.index);
            CHECK(fabs((double) digest[2] / expected.sum - 1.0) < 1e-6);
        }
    }
}

static void digests_do_not_depend_on_threads(struct ggml_context * ctx) {
    struct ggml_tensor * logits = filled(ctx, 2500, 7, 1, 8);
    struct ggml_tensor * digests[2];
    for (int i = 0; i < 2; i++) {
        digests[i] = ggml_custom_4d(
            ctx, GGML_TYPE_F32, 9, 7, 1, 1, &logits, 1, mor_digest_logits, GGML_N_TASKS_MAX, NULL);
    }
    mor_digest_logits(digests[0], 0, 1, NULL);

    for (int threads = 2; threads <= 5; threads++) {
        memset(digests[1]->data, 0, ggml_nbytes(digests[1]));
        for (int thread = 0; thread < threads; thread++) {
            mor_digest_logits(digests[1], thread, threads, NULL);
        }
        CHECK(memcmp(digests[0]->data, digests[1]->data, ggml_nbytes(digests[0])) == 0);
    }
}

int main(int argc, char ** argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: mor_test NATIVES_FOLDER [abort]\n");
        return 2;
    }
    if (argc > 2) {
        mor_abort_report();
        GGML_ABORT("this is\nthe reason of the test");
    }

    describes_itself();
    keeps_log_of_chosen_levels_with_continuations();
    drains_in_parts();
    asks_for_large_pages_of_whole_pages_only();
    sums_exponentials();
    digests_pieces();
    drops_oldest_lines_when_full();
    keeps_end_of_message_longer_than_the_log();
    cancels_until_cleared();

    ggml_backend_load_all_from_path(argv[1]);
    ggml_backend_t cpu = ggml_backend_init_by_type(GGML_BACKEND_DEVICE_TYPE_CPU, NULL);
    CHECK(cpu != NULL);
    struct ggml_context * ctx = ggml_init((struct ggml_init_params) { 1 << 24, NULL, false });
    if (cpu != NULL) {
        scatter_equals_stock_operations(cpu, ctx);
        scatter_runs_as_a_graph_node(cpu, ctx);
        ggml_backend_free(cpu);
    }
    scatter_agrees_with_reference(ctx);
    scatter_adds_repeated_rows_in_order(ctx);
    attention_agrees_with_reference(ctx);
    attention_kernels_agree(ctx);
    attention_does_not_depend_on_threads(ctx);
    digests_agree_with_reference(ctx);
    digests_do_not_depend_on_threads(ctx);
    ggml_free(ctx);
    return failures == 0 ? 0 : 1;
}
