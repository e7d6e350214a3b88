/* Internal: which build of a kernel this CPU can run. */
#ifndef MOR_CPU_H
#define MOR_CPU_H

#include <stdbool.h>

static inline bool mor_has_avx2(void) {
#ifdef MOR_AVX2
    /* F16C is implied: every CPU with AVX2 has it, and some compilers cannot test for it. */
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return false;
#endif
}

#endif
