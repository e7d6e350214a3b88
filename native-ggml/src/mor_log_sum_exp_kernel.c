/* log(sum(exp(x))), compiled once for any CPU and once more with MOR_LOG_SUM_EXP as another name. */
#include "mor_log_sum_exp.h"

#include <math.h>

#include "mor_lanes.h"

#ifndef MOR_LOG_SUM_EXP
#    define MOR_LOG_SUM_EXP mor_log_sum_exp_any
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

double MOR_LOG_SUM_EXP(const float * values, int64_t count) {
    const float greatest = greatest_of(values, count);
    if (greatest == -INFINITY) {
        return (double) greatest;
    }
    double sum = 0.0;
    for (int64_t begin = 0; begin < count; begin += RUN) {
        const int64_t end = begin + RUN < count ? begin + RUN : count;
        lanes run = lanes_of(0.0f);
        int64_t at = begin;
        for (; at + LANES <= end; at += LANES) {
            run = lanes_add(run, lanes_exp(lanes_sub(lanes_load(values + at), lanes_of(greatest))));
        }
        sum += (double) lanes_sum(run);
        for (; at < end; at++) {
            sum += exp((double) values[at] - (double) greatest);
        }
    }
    return (double) greatest + log(sum);
}
