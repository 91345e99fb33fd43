/* What every kernel is written with. The same text is compiled for a GPU (CUDA C) and, for tests, for the processor (C),
   where one thread of a block runs after the other and BARRIER hands on to the next. So kernels keep to what both
   languages know. They are found by name: KERNEL(copy) is the function brinell_copy. */
#pragma once

/* What a launch is given: addresses, whole numbers, numbers. Mirrored by Args in src/launch.rs. */
typedef struct {
    void *at[8];
    int n[24];
    float f[8];
} Args;

#define FLOATS(i) ((float *)a.at[i])
#define INPUT(i) ((const float *)a.at[i])

/* Threads of a block, the same for every kernel. */
#define THREADS 256

#ifdef __CUDACC__
#define KERNEL(name) extern "C" __global__ void __launch_bounds__(THREADS) brinell_##name(const __grid_constant__ Args a)
#define DEVICE static __device__ __forceinline__
#define SHARED __shared__
#define BARRIER() __syncthreads()
#define THREAD ((int)threadIdx.x)
#define BLOCK_X ((int)blockIdx.x)
#define BLOCK_Y ((int)blockIdx.y)
#define BLOCK_Z ((int)blockIdx.z)
#define GRID_X ((int)gridDim.x)
#define UNROLL _Pragma("unroll")
#else
#include <math.h>
#include <stddef.h>
#define KERNEL(name) void brinell_##name(const Args a)
#define DEVICE static inline
#define SHARED static _Thread_local
#define BARRIER() brinell_barrier()
#define THREAD (brinell_place.thread)
#define BLOCK_X (brinell_place.block[0])
#define BLOCK_Y (brinell_place.block[1])
#define BLOCK_Z (brinell_place.block[2])
#define GRID_X (brinell_place.blocks)
#define UNROLL
typedef struct { int thread, block[3], blocks; } Place;
extern _Thread_local Place brinell_place;
void brinell_barrier(void);
#endif

/* Every i below count, shared out over all threads of a launch along x. Counts stay below 2^31. */
#define FOR_EACH(i, count)                                                                      \
    for (unsigned i = (unsigned)BLOCK_X * THREADS + (unsigned)THREAD; i < (unsigned)(count); \
         i += (unsigned)GRID_X * THREADS)

DEVICE int least(int x, int y) { return x < y ? x : y; }
DEVICE int most(int x, int y) { return x > y ? x : y; }
DEVICE float fill_or_add(int add, float old, float value) { return add ? old + value : value; }

/* The sum of one number of every thread of the block, in the order of a tree, known to all. Ends with a barrier. */
DEVICE double block_sum(double value) {
    SHARED double sums[THREADS];
    sums[THREAD] = value;
    BARRIER();
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if (THREAD < half) sums[THREAD] += sums[THREAD + half];
        BARRIER();
    }
    double sum = sums[0];
    BARRIER();
    return sum;
}

/* Numbers one by one, as many a thread: those of a thread lie THREADS apart, so that neighbouring threads stand at
   neighbouring numbers, and all of them are read before the first is written. */
#define NUMBERS 4
DEVICE unsigned number_at(int k) {
    return ((unsigned)BLOCK_X * NUMBERS + (unsigned)k) * THREADS + (unsigned)THREAD;
}

/* i / by for i below 2^31, by the factor and the shift that `divisor` of src/spread.rs gives. */
DEVICE unsigned divided(unsigned i, int factor, int shift) {
    unsigned high = (unsigned)(((unsigned long long)i * (unsigned)factor) >> 32);
    return factor ? high >> shift : i;
}

/* Sample and place within it of a number of a batch. */
typedef struct {
    unsigned sample, within;
} Spot;
DEVICE Spot spot(unsigned i, int by, int factor, int shift) {
    Spot s;
    s.sample = divided(i, factor, shift);
    s.within = i - s.sample * (unsigned)by;
    return s;
}
DEVICE size_t placed(Spot s, int pitch) { return (size_t)s.sample * (unsigned)pitch + s.within; }
