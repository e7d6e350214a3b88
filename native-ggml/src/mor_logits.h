/* Inside mor: what the two builds of the kernel for logits share. */
#ifndef MOR_LOGITS_H
#define MOR_LOGITS_H

#include <stdint.h>

/* What a piece of a row of logits comes to. */
struct mor_digest {
    /* Minus infinity if all are, or there are none. */
    float greatest;
    /* The first that is the greatest, from the piece's begin; 0 if there is none. */
    int32_t at;
    /* Of e^(x - greatest); NaN if a logit is NaN or plus infinity, 0 if all are minus infinity. */
    float sum;
};

typedef struct mor_digest mor_digest_fn(const float * logits, int64_t count);

/* The same source, compiled for any CPU and for x86 with AVX2 and FMA. */
mor_digest_fn mor_digest_any;
mor_digest_fn mor_digest_avx2;

#endif
