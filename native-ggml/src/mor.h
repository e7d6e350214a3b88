/*
 * mor: the C side of mor4j, next to ggml.
 *
 * What Java cannot do itself or should not do through upcalls: fused operations that run on ggml's threads, a log that
 * those threads can write to, and a flag that stops a running graph. Needs ggml-base only.
 */
#ifndef MOR_H
#define MOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggml.h"

#if defined(_WIN32)
#    if defined(MOR_BUILD)
#        define MOR_API __declspec(dllexport)
#    else
#        define MOR_API __declspec(dllimport)
#    endif
#else
#    define MOR_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The git commit of the ggml sources that this library was compiled with, or "unknown". Static text. */
MOR_API const char * mor_ggml_commit(void);

/* The version of mor4j that this library belongs to. Static text. */
MOR_API const char * mor_version(void);

/* Bytes of log text kept by mor_log_capture. */
#define MOR_LOG_CAPACITY 65536

/*
 * From now on keeps ggml's log instead of printing it: messages of at least min_level (an enum ggml_log_level) and
 * their continuations. When MOR_LOG_CAPACITY is reached the oldest lines go first. If ggml aborts the process, from which
 * nothing can keep it, its last words go to stderr as one line. Any thread.
 */
MOR_API void mor_log_capture(int min_level);

/*
 * Moves the oldest kept text, at most capacity bytes, to dst and returns how many bytes. Not NUL-terminated. A capacity
 * of MOR_LOG_CAPACITY always takes everything; with less, a call may end inside a line or a UTF-8 character. Any thread.
 */
MOR_API size_t mor_log_drain(char * dst, size_t capacity);

/* A new flag, not set; NULL when there is no memory. Ends with mor_cancel_free. */
MOR_API void * mor_cancel_new(void);

/* Frees a flag that no backend uses any more. NULL is allowed. */
MOR_API void mor_cancel_free(void * flag);

/* Sets (not 0) or clears (0) the flag. Any thread, also while a graph runs. */
MOR_API void mor_cancel_set(void * flag, int value);

/* A ggml_abort_callback: whether the flag, its user data, is set. */
MOR_API bool mor_cancelled(void * flag);

/*
 * Asks the system to hold memory in large pages: what is read from end to end, again and again, then costs fewer misses
 * of the table of pages. To be asked before the memory is written to, which is when it gets its pages. Returns whether
 * the system took the wish; where it has no such thing it does not. Any thread.
 */
MOR_API bool mor_prefer_large_pages(void * begin, size_t bytes);

/*
 * A ggml_custom_op_t: adds gated rows to a stream in place, stream[:, rows[i]] += gates[i] * update[:, i].
 *
 *   struct ggml_tensor * args[] = { update, rows, gates };
 *   ggml_custom_inplace(ctx, stream, args, 3, mor_gated_scatter_add, GGML_N_TASKS_MAX, NULL);
 *
 * stream F32 [embd, tokens], update F32 [embd, kept], rows I32 [kept] (each in 0..tokens-1), gates F32 [kept].
 * Each element is rounded after the product and after the sum, as by ggml_mul and ggml_add, so both ways agree bit for
 * bit. Threads share the work by columns: a row that is named twice gets its updates in order. CPU backend only. Other
 * shapes or rows end the process through GGML_ASSERT, so check them before.
 */
MOR_API void mor_gated_scatter_add(struct ggml_tensor * dst, int ith, int nth, void * userdata);

/*
 * A ggml_custom_op_t: attention of rows that each see a list of slots of their own, softmax(q . k / sqrt(d)) v.
 *
 *   struct ggml_tensor * args[] = { queries, keys, values, lists, spans };
 *   ggml_custom_4d(ctx, GGML_TYPE_F32, d, heads, rows, 1, args, 5, mor_ragged_attention, GGML_N_TASKS_MAX, NULL);
 *
 * queries F32 [d, heads, rows], d a multiple of 8 and at most 512. keys, values [d * kv_heads, slots] of any type that
 * ggml decodes and whose blocks divide d, not both of the same; kv_heads divides heads. lists I32 [entries]: numbers of
 * slots. spans I32 [2, rows]: row r sees lists[offset .. offset + count - 1], spans[:, r] = (offset, count). Entries
 * that name no slot are not seen, nor is a span that leaves the list; a row that sees nothing becomes zero.
 *
 * The bits of a row depend on its query, the order of its own list and the keys and values there, and on nothing else:
 * not on other rows, the offset or the number of threads. They do depend on whether the CPU has a fused multiply-add.
 * Rows in sequence with the same offset share the decoding of keys and values. No memory is allocated; about 140 KiB of
 * stack. CPU backend only. Other shapes end the process through GGML_ASSERT, so check them before.
 */
MOR_API void mor_ragged_attention(struct ggml_tensor * dst, int ith, int nth, void * userdata);

/* Logits that one digest is of; the last of a row may be of fewer. */
#define MOR_DIGEST_LOGITS 1024

/* Most logits of a row: their numbers are told as floats. */
#define MOR_DIGEST_MOST_LOGITS (1 << 24)

/*
 * A ggml_custom_op_t: what is to be known of rows of logits for a greedy pick and for log-probabilities.
 *
 *   ggml_custom_4d(ctx, GGML_TYPE_F32, 3 * pieces, rows, 1, 1, &logits, 1, mor_digest_logits, GGML_N_TASKS_MAX, NULL);
 *
 * logits F32 [width, rows]; pieces = width / MOR_DIGEST_LOGITS, rounded up. Result [3 * pieces, rows]: of each piece the
 * greatest logit, its number in the row (the lowest of equals), and the sum of e^(x - greatest), within 1e-6 of the exact
 * one, relatively. That sum is NaN if a logit is NaN or plus infinity, and 0 if all are minus infinity. The bits of a row
 * depend on its logits only. CPU backend only. Other shapes end the process through GGML_ASSERT, so check them before.
 */
MOR_API void mor_digest_logits(struct ggml_tensor * dst, int ith, int nth, void * userdata);

/*
 * The natural logarithm of the sum of e^x over count values, finite or minus infinity; minus infinity if all are, or
 * there are none. Within 1e-6 of the exact sum, relatively. Any thread.
 */
MOR_API double mor_log_sum_exp(const float * values, int64_t count);

#ifdef __cplusplus
}
#endif

#endif
