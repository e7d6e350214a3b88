/*
 * mor: mor4j's C library, loaded beside ggml.
 *
 * Holds what Java cannot do, or cannot do without upcalls: fused operations that run on ggml's threads, a log that these
 * threads can write to, and a flag that stops a running graph. Links to ggml-base only.
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

/*
 * Version of this interface. Callers that bind these functions at run time compare it with the version that they were
 * written for before they call anything else. Raise it with every change to a signature, to a constant's meaning or to
 * the operands of an operation.
 */
#define MOR_ABI_VERSION 1

/* MOR_ABI_VERSION of this library. */
MOR_API int mor_abi_version(void);

/* The git commit of the ggml sources that this library was compiled against, or "unknown". Static text. */
MOR_API const char * mor_ggml_commit(void);

/* The version of mor4j that this library was built for. Static text. */
MOR_API const char * mor_version(void);

/*
 * The value of a constant of this header or of ggml's headers, as this library was compiled with it, or -1 for an unknown
 * name. Sizes of structs have names like "sizeof(ggml_tensor)". mor_abi.c lists the names.
 */
MOR_API int64_t mor_constant(const char * name);

/* Bytes of log text kept by mor_log_capture. */
#define MOR_LOG_CAPACITY 65536

/*
 * Keeps ggml's log from now on instead of printing it: messages of at least min_level (an enum ggml_log_level) and their
 * continuations. When MOR_LOG_CAPACITY is reached, the oldest lines are dropped. Any thread.
 */
MOR_API void mor_log_capture(int min_level);

/*
 * Moves the oldest kept text, at most capacity bytes, to dst and returns the number of bytes. Not NUL-terminated. A
 * capacity of MOR_LOG_CAPACITY always takes the whole text; with less, a call may end inside a line or a UTF-8
 * character. Any thread.
 */
MOR_API size_t mor_log_drain(char * dst, size_t capacity);

/*
 * From now on, if ggml aborts the process, its reason is printed to standard error as one line before. The abort itself
 * cannot be prevented. Any thread.
 */
MOR_API void mor_abort_report(void);

/*
 * Removes GGML_BACKEND_PATH from the environment of this process. ggml_backend_load_all_from_path loads the library that
 * it names without a check of its version. Call it while no other thread reads the environment.
 */
MOR_API void mor_ignore_backend_path(void);

/* Creates a flag that is not set; NULL if there is no memory. To be freed by mor_cancel_free. */
MOR_API void * mor_cancel_new(void);

/* Frees a flag that no backend uses any more. NULL is allowed. */
MOR_API void mor_cancel_free(void * flag);

/* Sets (value not 0) or clears (0) the flag. Any thread, also while a graph runs. */
MOR_API void mor_cancel_set(void * flag, int value);

/* A ggml_abort_callback whose user data is the flag. Returns whether it is set. */
MOR_API bool mor_cancelled(void * flag);

/*
 * Asks the system to back memory with large pages, which saves TLB misses when it is read from end to end again and
 * again. Call it before the memory is first written, since that is when pages are assigned. Returns whether the system
 * accepted the request; false where it has no such call. Any thread.
 */
MOR_API bool mor_prefer_large_pages(void * begin, size_t bytes);

/*
 * A ggml_custom_op_t: adds gated rows to a stream in place, stream[:, rows[i]] += gates[i] * update[:, i].
 *
 *   struct ggml_tensor * args[] = { update, rows, gates };
 *   ggml_custom_inplace(ctx, stream, args, 3, mor_gated_scatter_add, GGML_N_TASKS_MAX, NULL);
 *
 * stream F32 [embd, tokens], update F32 [embd, kept], rows I32 [kept] (each in 0..tokens-1), gates F32 [kept].
 * Each element is rounded after the product and after the sum, so the result has the same bits as ggml_mul followed by
 * ggml_add. Threads split the columns: a row that is named twice gets its updates in order. CPU backend only. Other
 * shapes or row numbers end the process through GGML_ASSERT: check them first.
 */
MOR_API void mor_gated_scatter_add(struct ggml_tensor * dst, int ith, int nth, void * userdata);

/* The number of values per head that mor_ragged_attention supports: multiples of the second, up to the first. */
#define MOR_ATTENTION_WIDTH 512
#define MOR_ATTENTION_MULTIPLE 8

/*
 * A ggml_custom_op_t: attention of rows that each see their own list of slots, softmax(q . k / sqrt(d)) v.
 *
 *   struct ggml_tensor * args[] = { queries, keys, values, visible, ranges };
 *   ggml_custom_4d(ctx, GGML_TYPE_F32, d, heads, rows, 1, args, 5, mor_ragged_attention, GGML_N_TASKS_MAX, NULL);
 *
 * queries F32 [d, heads, rows], d a multiple of MOR_ATTENTION_MULTIPLE and at most MOR_ATTENTION_WIDTH. keys and values
 * [d * kv_heads, slots], each of any type that ggml decodes and whose block size divides d; kv_heads divides heads.
 * visible I32 [entries]: slot numbers. ranges I32 [2, rows]: row r sees the slots visible[offset .. offset + count - 1],
 * where ranges[:, r] = (offset, count). Entries that are no slot number are skipped; a range that exceeds visible counts
 * as empty. The result of a row that sees no slot is zero.
 *
 * The bits of a row depend on its query, the order of its visible slots and their keys and values, and on nothing else:
 * not on other rows, the offset or the number of threads. They do depend on whether the CPU has a fused multiply-add.
 * Consecutive rows with the same offset share the decoding of keys and values. Allocates no memory; needs about 140 KiB
 * of stack. CPU backend only. Other shapes end the process through GGML_ASSERT: check them first.
 */
MOR_API void mor_ragged_attention(struct ggml_tensor * dst, int ith, int nth, void * userdata);

/* Logits per digest; the last digest of a row may be of fewer. */
#define MOR_DIGEST_LOGITS 1024

/* Values per digest. */
#define MOR_DIGEST_VALUES 3

/* Maximum logits of a row: above, a float cannot hold every index. */
#define MOR_DIGEST_MAX_LOGITS (1 << 24)

/*
 * A ggml_custom_op_t: reduces rows of logits to what a greedy choice and log-probabilities need.
 *
 *   ggml_custom_4d(ctx, GGML_TYPE_F32, MOR_DIGEST_VALUES * pieces, rows, 1, 1, &logits, 1, mor_digest_logits,
 *                  GGML_N_TASKS_MAX, NULL);
 *
 * logits F32 [width, rows]; pieces = width / MOR_DIGEST_LOGITS, rounded up. Result [3 * pieces, rows]: for each piece the
 * greatest logit, its index in the row (the lowest of equals), and the sum of e^(x - greatest) with a relative error of
 * at most 1e-6. The sum is NaN if a logit is NaN or plus infinity, and 0 if all are minus infinity. The bits of a row
 * depend on its logits only. CPU backend only. Other shapes end the process through GGML_ASSERT: check them first.
 */
MOR_API void mor_digest_logits(struct ggml_tensor * dst, int ith, int nth, void * userdata);

/*
 * The natural logarithm of the sum of e^x over count values, each finite or minus infinity; minus infinity if all are,
 * or if count is 0. The sum has a relative error of at most 1e-6. Any thread.
 */
MOR_API double mor_log_sum_exp(const float * values, int64_t count);

#ifdef __cplusplus
}
#endif

#endif
