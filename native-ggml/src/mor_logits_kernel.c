/*
 * Kernel of mor_digest_logits: the digest of one piece. Compiled once for any CPU, and on x86 once more for AVX2 and FMA
 * with MOR_DIGEST defined as another name.
 */
#include "mor_logits.h"

#include <math.h>

#include "mor_lanes.h"

#ifndef MOR_DIGEST
#    define MOR_DIGEST mor_digest_any
#endif

/* This many values are summed in single precision, then added to a sum in double precision. */
#define RUN 256

static float greatest_of(const float * values, int64_t count) {
    lanes greatest = lanes_of(-INFINITY);
    int64_t at = 0;
    for (; at + LANES <= count; at += LANES) {
        greatest = lanes_max(lanes_load(values + at), greatest);
    }
    float result = lanes_greatest(greatest);
    for (; at < count; at++) {
        result = values[at] > result ? values[at] : result;
    }
    return result;
}

/* The index of the first value that equals wanted, or 0. No early exit, so that compilers can vectorize the loop. */
static int32_t index_of(float wanted, const float * values, int32_t count) {
    int32_t first = INT32_MAX;
    for (int32_t i = 0; i < count; i++) {
        const int32_t here = values[i] == wanted ? i : INT32_MAX;
        first = here < first ? here : first;
    }
    return first == INT32_MAX ? 0 : first;
}

static double sum_of_run(const float * values, int64_t count, float greatest) {
    lanes run = lanes_of(0.0f);
    int64_t at = 0;
    for (; at + LANES <= count; at += LANES) {
        run = lanes_add(run, lanes_exp(lanes_sub(lanes_load(values + at), lanes_of(greatest))));
    }
    double sum = (double) lanes_sum(run);
    for (; at < count; at++) {
        sum += exp((double) values[at] - (double) greatest);
    }
    return sum;
}

/* For values of which none is greater than minus infinity: NaN if one is NaN, else 0. */
static float sum_without_maximum(const float * values, int64_t count) {
    float sum = 0.0f;
    for (int64_t i = 0; i < count; i++) {
        sum = values[i] == -INFINITY ? sum : NAN;
    }
    return sum;
}

struct mor_digest MOR_DIGEST(const float * logits, int64_t count) {
    const float greatest = greatest_of(logits, count);
    if (greatest == -INFINITY) {
        return (struct mor_digest) { .greatest = greatest, .index = 0, .sum = sum_without_maximum(logits, count) };
    }
    double sum = 0.0;
    for (int64_t begin = 0; begin < count; begin += RUN) {
        sum += sum_of_run(logits + begin, begin + RUN < count ? RUN : count - begin, greatest);
    }
    return (struct mor_digest) {
        .greatest = greatest, .index = index_of(greatest, logits, (int32_t) count), .sum = (float) sum
    };
}
