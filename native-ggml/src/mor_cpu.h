/* Inside mor: which of the builds of a kernel this CPU takes. */
#ifndef MOR_CPU_H
#define MOR_CPU_H

#include <stdbool.h>

static inline bool mor_has_avx2(void) {
#ifdef MOR_AVX2
    /* Every CPU with AVX2 has F16C, which not every compiler can ask for. */
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

#endif
