/* The digest of a piece of logits, compiled once for any CPU and once more with MOR_DIGEST as another name. */
#include "mor_logits.h"

#include <math.h>

#include "mor_lanes.h"

#ifndef MOR_DIGEST
#    define MOR_DIGEST mor_digest_any
#endif

/* Values that are summed as floats before they join the sum of doubles. */
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

/* A loop without a way out, which compilers turn into vector code; 0 if there is none. */
static int32_t first_of(float wanted, const float * values, int32_t count) {
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

/* 0, or NaN if one of the values is: none is greater than minus infinity. */
static float sum_of_nothing(const float * values, int64_t count) {
    float sum = 0.0f;
    for (int64_t i = 0; i < count; i++) {
        sum = values[i] == -INFINITY ? sum : NAN;
    }
    return sum;
}

struct mor_digest MOR_DIGEST(const float * logits, int64_t count) {
    const float greatest = greatest_of(logits, count);
    if (greatest == -INFINITY) {
        return (struct mor_digest) { .greatest = greatest, .at = 0, .sum = sum_of_nothing(logits, count) };
    }
    double sum = 0.0;
    for (int64_t begin = 0; begin < count; begin += RUN) {
        sum += sum_of_run(logits + begin, begin + RUN < count ? RUN : count - begin, greatest);
    }
    return (struct mor_digest) {
        .greatest = greatest, .at = first_of(greatest, logits, (int32_t) count), .sum = (float) sum
    };
}
