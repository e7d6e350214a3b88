/*
 * Vectors of eight floats for the kernels of mor. The order of operations and each rounding are the same with every
 * compiler. A fused multiply-add is used only where it is written, so files that include this header have to be
 * compiled without contraction.
 */
#ifndef MOR_LANES_H
#define MOR_LANES_H

#include <stdint.h>
#include <string.h>

#if defined(__AVX2__) && defined(__FMA__)
#    include <immintrin.h>
#endif

#define LANES 8

#if defined(__GNUC__) && !defined(MOR_PLAIN_LANES)

#    define LANES_INLINE static inline __attribute__((always_inline))

typedef float lanes __attribute__((vector_size(32)));
typedef int32_t lanes_mask __attribute__((vector_size(32)));
typedef uint32_t lanes_bits __attribute__((vector_size(32)));

/* Clang has only __builtin_shufflevector, GCC before 12 only __builtin_shuffle. */
#    if defined(__has_builtin)
#        if __has_builtin(__builtin_shufflevector)
#            define LANES_SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#        endif
#        if __has_builtin(__builtin_elementwise_fma) && defined(__ARM_FEATURE_FMA)
#            define LANES_FMA(a, b, c) __builtin_elementwise_fma(a, b, c)
#        endif
#    endif
#    ifndef LANES_SHUFFLE
#        define LANES_SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (lanes_mask) { __VA_ARGS__ })
#    endif
#    if defined(__AVX2__) && defined(__FMA__)
#        define LANES_FMA(a, b, c) ((lanes) _mm256_fmadd_ps((__m256) (a), (__m256) (b), (__m256) (c)))
#    elif !defined(LANES_FMA)
#        define LANES_FMA(a, b, c) ((a) * (b) + (c))
#    endif

LANES_INLINE lanes lanes_load(const float * from) {
    lanes result;
    memcpy(&result, from, sizeof(result));
    return result;
}

LANES_INLINE void lanes_store(float * to, lanes a) {
    memcpy(to, &a, sizeof(a));
}

LANES_INLINE lanes lanes_of(float a) {
    return (lanes) { a, a, a, a, a, a, a, a };
}

LANES_INLINE lanes lanes_add(lanes a, lanes b) {
    return a + b;
}

LANES_INLINE lanes lanes_sub(lanes a, lanes b) {
    return a - b;
}

LANES_INLINE lanes lanes_mul(lanes a, lanes b) {
    return a * b;
}

/* a * b + c, rounded once where there is an instruction for it, else twice. */
LANES_INLINE lanes lanes_fma(lanes a, lanes b, lanes c) {
    return LANES_FMA(a, b, c);
}

/* a where it is greater, else b. */
LANES_INLINE lanes lanes_max(lanes a, lanes b) {
    const lanes_mask greater = a > b;
    return (lanes) ((greater & (lanes_mask) a) | (~greater & (lanes_mask) b));
}

/* a, but 0 where x is less than the limit. */
LANES_INLINE lanes lanes_zero_below(lanes x, float limit, lanes a) {
    return (lanes) (~(x < lanes_of(limit)) & (lanes_mask) a);
}

/* 2^n, n given as n + 1.5 * 2^23. */
LANES_INLINE lanes lanes_power(lanes shifted) {
    return (lanes) (((lanes_bits) shifted << 23) + 0x3f800000u);
}

/* ((0 + 2) + (1 + 3)) + ((4 + 6) + (5 + 7)) of each of four. */
LANES_INLINE void lanes_four_sums(lanes a, lanes b, lanes c, lanes d, float * to) {
    const lanes ab = LANES_SHUFFLE(a, b, 0, 8, 1, 9, 4, 12, 5, 13) + LANES_SHUFFLE(a, b, 2, 10, 3, 11, 6, 14, 7, 15);
    const lanes cd = LANES_SHUFFLE(c, d, 0, 8, 1, 9, 4, 12, 5, 13) + LANES_SHUFFLE(c, d, 2, 10, 3, 11, 6, 14, 7, 15);
    const lanes abcd =
        LANES_SHUFFLE(ab, cd, 0, 1, 8, 9, 4, 5, 12, 13) + LANES_SHUFFLE(ab, cd, 2, 3, 10, 11, 6, 7, 14, 15);
    const lanes sums = abcd + LANES_SHUFFLE(abcd, abcd, 4, 5, 6, 7, 4, 5, 6, 7);
    memcpy(to, &sums, 4 * sizeof(float));
}

#else

#    define LANES_INLINE static inline

typedef struct {
    float lane[LANES];
} lanes;

LANES_INLINE lanes lanes_load(const float * from) {
    lanes result;
    memcpy(&result, from, sizeof(result));
    return result;
}

LANES_INLINE void lanes_store(float * to, lanes a) {
    memcpy(to, &a, sizeof(a));
}

LANES_INLINE lanes lanes_of(float a) {
    lanes result;
    for (int i = 0; i < LANES; i++) {
        result.lane[i] = a;
    }
    return result;
}

LANES_INLINE lanes lanes_add(lanes a, lanes b) {
    for (int i = 0; i < LANES; i++) {
        a.lane[i] += b.lane[i];
    }
    return a;
}

LANES_INLINE lanes lanes_sub(lanes a, lanes b) {
    for (int i = 0; i < LANES; i++) {
        a.lane[i] -= b.lane[i];
    }
    return a;
}

LANES_INLINE lanes lanes_mul(lanes a, lanes b) {
    for (int i = 0; i < LANES; i++) {
        a.lane[i] *= b.lane[i];
    }
    return a;
}

/* a * b + c, rounded twice. */
LANES_INLINE lanes lanes_fma(lanes a, lanes b, lanes c) {
    return lanes_add(lanes_mul(a, b), c);
}

/* a where it is greater, else b. */
LANES_INLINE lanes lanes_max(lanes a, lanes b) {
    for (int i = 0; i < LANES; i++) {
        a.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
    }
    return a;
}

/* a, but 0 where x is less than the limit. */
LANES_INLINE lanes lanes_zero_below(lanes x, float limit, lanes a) {
    for (int i = 0; i < LANES; i++) {
        a.lane[i] = x.lane[i] < limit ? 0.0f : a.lane[i];
    }
    return a;
}

/* 2^n, n given as n + 1.5 * 2^23. */
LANES_INLINE lanes lanes_power(lanes shifted) {
    for (int i = 0; i < LANES; i++) {
        uint32_t bits;
        memcpy(&bits, &shifted.lane[i], sizeof(bits));
        bits = (bits << 23) + 0x3f800000u;
        memcpy(&shifted.lane[i], &bits, sizeof(bits));
    }
    return shifted;
}

/* ((0 + 2) + (1 + 3)) + ((4 + 6) + (5 + 7)) of each of four. */
LANES_INLINE void lanes_four_sums(lanes a, lanes b, lanes c, lanes d, float * to) {
    const lanes all[4] = { a, b, c, d };
    for (int i = 0; i < 4; i++) {
        const float * lane = all[i].lane;
        to[i] = ((lane[0] + lane[2]) + (lane[1] + lane[3])) + ((lane[4] + lane[6]) + (lane[5] + lane[7]));
    }
}

#endif

LANES_INLINE float lanes_sum(lanes a) {
    float lane[LANES];
    lanes_store(lane, a);
    return ((lane[0] + lane[2]) + (lane[1] + lane[3])) + ((lane[4] + lane[6]) + (lane[5] + lane[7]));
}

LANES_INLINE float lanes_greatest(lanes a) {
    float lane[LANES];
    lanes_store(lane, a);
    for (int step = LANES / 2; step > 0; step /= 2) {
        for (int i = 0; i < step; i++) {
            lane[i] = lane[i] > lane[i + step] ? lane[i] : lane[i + step];
        }
    }
    return lane[0];
}

/*
 * e^x for x <= 0: exactly 1 at 0, within 1 unit in the last place down to -87.33, and 0 below, where floats lose their
 * leading bit. x = n ln 2 + r, |r| <= ln(2) / 2; e^r = 1 + r + r^2 p(r), p fitted for the least greatest relative error.
 */
LANES_INLINE lanes lanes_exp(lanes x) {
    const lanes shift = lanes_of(12582912.0f);
    const lanes shifted = lanes_add(lanes_mul(x, lanes_of(1.44269504f)), shift);
    const lanes n = lanes_sub(shifted, shift);
    /* ln 2 in two parts; products of n with the first, which has 9 bits, are exact. */
    const lanes r = lanes_fma(n, lanes_of(2.12194440e-4f), lanes_fma(n, lanes_of(-0.693359375f), x));
    lanes p = lanes_of(1.3814467e-3f);
    p = lanes_fma(p, r, lanes_of(8.368781e-3f));
    p = lanes_fma(p, r, lanes_of(4.1668393e-2f));
    p = lanes_fma(p, r, lanes_of(0.1666652f));
    p = lanes_fma(p, r, lanes_of(0.49999994f));
    p = lanes_add(lanes_fma(p, lanes_mul(r, r), r), lanes_of(1.0f));
    return lanes_zero_below(x, -87.33f, lanes_mul(p, lanes_power(shifted)));
}

#endif
