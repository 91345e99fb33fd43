/* What products in tiles are made of, whatever they are of. */
#pragma once
#include "kernel.h"

#ifdef __CUDACC__
#define ALIGNED __align__(16)
#define UNROLL4 _Pragma("unroll 4")
#else
#define ALIGNED _Alignas(16)
#define UNROLL4
#endif
/* KERNEL of a name that is made by other macros. */
#define KERNEL_NAMED(name) KERNEL(name)
#define NOTHING ((const float *)0)

/* Kinds of products, for tile.h. */
#define PRODUCT 0
#define FORWARD 1
#define INPUT_GRADIENT 2
#define WEIGHT_GRADIENT 3

/* Flags of a product: results are added to what is there; end in a ReLU; a's neighbours lie along m, b's along n, not along k;
   there is a bias; it is one for every row. Shifts lie above. */
#define ADD 1
#define RELU 2
#define A_ACROSS 4
#define B_ACROSS 8
#define BIAS 16
#define BIAS_OF_ROWS 32

/* Where the i-th number along an axis lies that is split into stretches. */
DEVICE size_t place_along(unsigned i, int stretch, int multiplier, int shift, int step, int pitch) {
    unsigned before = divided(i, multiplier, shift);
    return (size_t)(i - before * (unsigned)stretch) * (unsigned)step + (size_t)before * (unsigned)pitch;
}

/* Numbers first, first + step, .. of a line, zero from count on, or all zero. */
DEVICE void load_line(float *to, int each, const float *from, int inside, int first, int step, int count, unsigned pitch) {
    UNROLL for (int i = 0; i < each; i++)
        to[i] = inside && first + i * step < count ? from[(size_t)(first + i * step) * pitch] : 0.0f;
}

/* A run of numbers; at an address that is known to be even they come at once. */
DEVICE void read_run(float *to, const float *from, int run) {
    UNROLL for (int i = 0; i < run; i++) to[i] = from[i];
}

/* A sum with its bias, where there is one, and the ReLU, where it is asked for. */
DEVICE float finished(float sum, const float *bias, int which, int relu) {
    if (bias) sum += bias[which];
    return relu && !(sum > 0.0f) ? 0.0f : sum;
}

/* A result, added to what is there or in its place. */
DEVICE void write_result(float *to, float value, int add) {
    if (add) value += *to;
    *to = value;
}
