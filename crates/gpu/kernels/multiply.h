/* What products in tiles are made of, whatever they are of. */
#pragma once
#include "kernel.h"

#ifdef __CUDACC__
#define ALIGNED __align__(16)
/* For the loop at the end of a tile, which would take the registers of the sums. */
#define ROLLED _Pragma("unroll 1")
#define UNROLL4 _Pragma("unroll 4")
/* A kernel whose name other macros make, with few enough registers for two blocks of a multiprocessor. */
#define TILE_KERNEL(name) TILE_KERNEL_OF(name)
#define TILE_KERNEL_OF(name)                                  \
    extern "C" __global__ void __launch_bounds__(THREADS, 2) \
    brinell_##name(const __grid_constant__ Args a)
#else
#define TILE_KERNEL(name) KERNEL(name)
#define ALIGNED _Alignas(16)
#define ROLLED
#define UNROLL4
#endif

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

/* Bits for those of the numbers first, first + step, .. that are below count. */
DEVICE unsigned inside_of(int first, int step, int count, int each) {
    unsigned inside = 0;
    UNROLL for (int i = 0; i < each; i++) inside |= (unsigned)(first + i * step < count) << i;
    return inside;
}

/* Numbers of a tile, next to next in memory; zero where their bit is not set, or their place along k is not before the end. */
DEVICE void load(float *to, int each, const float *from, size_t next, unsigned inside, int k, int step, int end) {
    UNROLL for (int i = 0; i < each; i++, from += next) to[i] = (inside >> i & 1) && k + i * step < end ? *from : 0.0f;
}

/* What a result is at least. */
DEVICE float floor_of(int relu) { return relu ? 0.0f : -INFINITY; }
DEVICE float raised(float value, float floor) { return value < floor ? floor : value; }

/* A result, added to what is there or in its place. */
DEVICE void write_result(float *to, float value, int add) {
    if (add) value += *to;
    *to = value;
}
