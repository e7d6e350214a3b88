/* Internal: interface between mor_digest_logits and the builds of its kernel. */
#ifndef MOR_LOGITS_H
#define MOR_LOGITS_H

#include <stdint.h>

/* The digest of one piece of a row of logits. */
struct mor_digest {
    /* The greatest logit; minus infinity if all are, or if there are none. */
    float greatest;
    /* Its index within the piece, the lowest of equals; 0 if there are no logits. */
    int32_t index;
    /* The sum of e^(x - greatest); NaN if a logit is NaN or plus infinity, 0 if all are minus infinity. */
    float sum;
};

typedef struct mor_digest mor_digest_fn(const float * logits, int64_t count);

/* The same source, compiled for any CPU, and for x86 with AVX2 and FMA. */
mor_digest_fn mor_digest_any;
mor_digest_fn mor_digest_avx2;

#endif
