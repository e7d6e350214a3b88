#include "mor_log_sum_exp.h"

#include "mor.h"
#include "mor_cpu.h"

double mor_log_sum_exp(const float * values, int64_t count) {
#ifdef MOR_AVX2
    if (mor_has_avx2()) {
        return mor_log_sum_exp_avx2(values, count);
    }
#endif
    return mor_log_sum_exp_any(values, count);
}
