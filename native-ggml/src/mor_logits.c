#include "mor_logits.h"

#include <math.h>

#include "mor.h"
#include "mor_cpu.h"

static mor_digest_fn * best_kernel(void) {
#ifdef MOR_AVX2
    if (mor_has_avx2()) {
        return mor_digest_avx2;
    }
#endif
    return mor_digest_any;
}

static int64_t length_of_piece(int64_t begin, int64_t end) {
    return end - begin < MOR_DIGEST_LOGITS ? end - begin : MOR_DIGEST_LOGITS;
}

void mor_digest_logits(struct ggml_tensor * dst, int ith, int nth, void * userdata) {
    (void) userdata;
    const struct ggml_tensor * logits = dst->src[0];
    const int64_t width = logits->ne[0];
    const int64_t rows = logits->ne[1];
    const int64_t pieces = (width + MOR_DIGEST_LOGITS - 1) / MOR_DIGEST_LOGITS;

    GGML_ASSERT(logits->type == GGML_TYPE_F32 && ggml_is_matrix(logits) && logits->nb[0] == sizeof(float));
    GGML_ASSERT(dst->type == GGML_TYPE_F32 && ggml_is_contiguous(dst));
    GGML_ASSERT(dst->ne[0] == 3 * pieces && ggml_nelements(dst) == 3 * pieces * rows);
    GGML_ASSERT(width <= MOR_DIGEST_MOST_LOGITS);

    mor_digest_fn * const digest_of = best_kernel();
    for (int64_t i = pieces * rows * ith / nth; i < pieces * rows * (ith + 1) / nth; i++) {
        const int64_t begin = i % pieces * MOR_DIGEST_LOGITS;
        const char * row = (const char *) logits->data + (size_t) (i / pieces) * logits->nb[1];
        const struct mor_digest digest =
            digest_of((const float *) (const void *) row + begin, length_of_piece(begin, width));
        float * to = (float *) dst->data + 3 * i;
        to[0] = digest.greatest;
        to[1] = (float) (begin + digest.at);
        to[2] = digest.sum;
    }
}

double mor_log_sum_exp(const float * values, int64_t count) {
    mor_digest_fn * const digest_of = best_kernel();
    double greatest = -INFINITY;
    double sum = 0.0;
    for (int64_t begin = 0; begin < count; begin += MOR_DIGEST_LOGITS) {
        const struct mor_digest digest = digest_of(values + begin, length_of_piece(begin, count));
        const double here = (double) digest.greatest;
        if (here > greatest) {
            sum = sum * exp(greatest - here) + (double) digest.sum;
            greatest = here;
        } else if (here > -INFINITY) {
            sum += (double) digest.sum * exp(here - greatest);
        }
    }
    return greatest + log(sum);
}
