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

static int64_t piece_length(int64_t begin, int64_t end) {
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
    GGML_ASSERT(dst->ne[0] == MOR_DIGEST_VALUES * pieces && ggml_nelements(dst) == MOR_DIGEST_VALUES * pieces * rows);
    GGML_ASSERT(width <= MOR_DIGEST_MAX_LOGITS);

    mor_digest_fn * const digest_of = best_kernel();
    for (int64_t i = pieces * rows * ith / nth; i < pieces * rows * (ith + 1) / nth; i++) {
        const int64_t begin = i % pieces * MOR_DIGEST_LOGITS;
        const char * row = (const char *) logits->data + (size_t) (i / pieces) * logits->nb[1];
        const struct mor_digest digest =
            digest_of((const float *) (const void *) row + begin, piece_length(begin, width));
        float * to = (float *) dst->data + MOR_DIGEST_VALUES * i;
        to[0] = digest.greatest;
        to[1] = (float) (begin + digest.index);
        to[2] = digest.sum;
    }
}

double mor_log_sum_exp(const float * values, int64_t count) {
    mor_digest_fn * const digest_of = best_kernel();
    double greatest = -INFINITY;
    double sum = 0.0;
    for (int64_t begin = 0; begin < count; begin += MOR_DIGEST_LOGITS) {
        const struct mor_digest digest = digest_of(values + begin, piece_length(begin, count));
        const double piece_max = (double) digest.greatest;
        if (piece_max > greatest) {
            sum = sum * exp(greatest - piece_max) + (double) digest.sum;
            greatest = piece_max;
        } else if (piece_max > -INFINITY) {
            sum += (double) digest.sum * exp(piece_max - greatest);
        }
    }
    return greatest + log(sum);
}
