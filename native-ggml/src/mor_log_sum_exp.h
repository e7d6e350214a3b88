/* Inside mor: what the two builds of log-sum-exp share. */
#ifndef MOR_LOG_SUM_EXP_H
#define MOR_LOG_SUM_EXP_H

#include <stdint.h>

typedef double mor_log_sum_exp_fn(const float * values, int64_t count);

/* The same source, compiled for any CPU and for x86 with AVX2 and FMA. */
mor_log_sum_exp_fn mor_log_sum_exp_any;
mor_log_sum_exp_fn mor_log_sum_exp_avx2;

#endif
