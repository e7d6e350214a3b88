#include "mor_reference.h"

#include <math.h>

struct mor_reference_digest mor_reference_digest(const float * logits, int64_t count) {
    struct mor_reference_digest digest = { .greatest = -INFINITY, .index = 0, .sum = 0.0 };
    for (int64_t i = 0; i < count; i++) {
        if ((double) logits[i] > digest.greatest) {
            digest.greatest = (double) logits[i];
            digest.index = i;
        }
    }
    for (int64_t i = 0; i < count && digest.greatest > -INFINITY; i++) {
        digest.sum += exp((double) logits[i] - digest.greatest);
    }
    return digest;
}
