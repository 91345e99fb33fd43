/* How tile.h multiplies: in TF32 on tensor cores, sums in f32. Of c a warp has a part of BM / 2 x BN / 4, made of products of
   16 x 8 x 8 numbers. */
#pragma once

#define BK_128x128 16
#define BK_64x64 16
#define BK_32x128 16
#define BK_32x32 32
/* Behind a line of shared memory: threads of a warp then read from all banks, and with steps of 16 write to all. */
#define PAD 2
#define HIGH (BM / 32)
#define WIDE (BN / 32)

/* The place of a thread in a product: of a's rows and b's columns, and of the places along k. */
#define SUMS                                                                                                         \
    const int across = THREAD % 32 / 4, along = THREAD % 4;                                                          \
    const int m_warp = THREAD / 128 * (BM / 2), n_warp = THREAD / 32 % 4 * (BN / 4);                                 \
    float sums[HIGH][WIDE][4];                                                                                       \
    UNROLL for (int i = 0; i < HIGH; i++) {                                                                          \
        UNROLL for (int j = 0; j < WIDE; j++) {                                                                      \
            UNROLL for (int p = 0; p < 4; p++) sums[i][j][p] = 0.0f;                                                 \
        }                                                                                                            \
    }
/* What is kept of a number. */
#define KEPT(value) in_tf32(value)
/* Which place along k stands for which of a product does not matter to the sum, as long as it is the same in a and b: a thread
   takes four in a row, two for each of two products. */
#define MULTIPLY(a_step, b_step)                                                                                     \
    {                                                                                                                \
        const float *const a_now = (a_step) + 4 * along * A_LINE + m_warp + across;                                  \
        const float *const b_now = (b_step) + 4 * along * B_LINE + n_warp + across;                                  \
        UNROLL for (int k16 = 0; k16 < BK; k16 += 16) {                                                              \
            UNROLL for (int kk = k16; kk < k16 + 4; kk += 2) {                                                       \
                float left[HIGH][4], top[WIDE][2];                                                                   \
                UNROLL for (int i = 0; i < HIGH; i++) {                                                              \
                    UNROLL for (int p = 0; p < 4; p++)                                                               \
                        left[i][p] = a_now[(kk + p / 2) * A_LINE + 16 * i + p % 2 * 8];                              \
                }                                                                                                    \
                UNROLL for (int j = 0; j < WIDE; j++) {                                                              \
                    UNROLL for (int p = 0; p < 2; p++) top[j][p] = b_now[(kk + p) * B_LINE + 8 * j];                 \
                }                                                                                                    \
                UNROLL for (int i = 0; i < HIGH; i++) {                                                              \
                    UNROLL for (int j = 0; j < WIDE; j++) add_product(sums[i][j], left[i], top[j]);                  \
                }                                                                                                    \
            }                                                                                                        \
        }                                                                                                            \
    }

/* Eight rows of each half at a time, lines so far apart that threads write to all banks. */
#define LINES 16
#define APART 8
#define PUT_LINES(to, i)                                                                                             \
    UNROLL for (int j = 0; j < WIDE; j++) {                                                                          \
        UNROLL for (int p = 0; p < 2; p++)                                                                           \
            (to)[(THREAD / 128 * 8 + across) * (BN + APART) + n_warp + 8 * j + 2 * along + p] = sums[(i) / 2][j][(i) % 2 * 2 + p]; \
    }
#define ROW_OF(i, line) ((line) / 8 * (BM / 2) + (i) * 8 + (line) % 8)

#ifdef __CUDACC__
/* To the nearest number of 10 bits behind the point. */
DEVICE float in_tf32(float value) {
    unsigned bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(value));
    return __uint_as_float(bits);
}

/* c += a b of the 32 threads of a warp together: a 16 x 8, b 8 x 8. Of the thread with `across` and `along`: a at rows across,
   across + 8 and columns along, along + 4; b at rows along, along + 4 and column across; c at rows across, across + 8 and
   columns 2 along, 2 along + 1. */
DEVICE void add_product(float *c, const float *a, const float *b) {
    asm volatile(
        "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(__float_as_uint(a[0])), "r"(__float_as_uint(a[1])), "r"(__float_as_uint(a[2])), "r"(__float_as_uint(a[3])),
          "r"(__float_as_uint(b[0])), "r"(__float_as_uint(b[1])));
}
#else
/* The same on the processor. */
DEVICE float in_tf32(float value) {
    union { float value; unsigned bits; } as = { value };
    if ((as.bits & 0x7f800000u) != 0x7f800000u) as.bits = (as.bits + 0x1000u) & ~0x1fffu;
    return as.value;
}

DEVICE void add_product(float *c, const float *a, const float *b) {
    SHARED float as[THREADS][4], bs[THREADS][2];
    const int warp = THREAD / 32 * 32, across = THREAD % 32 / 4, along = THREAD % 4;
    for (int p = 0; p < 4; p++) as[THREAD][p] = a[p];
    for (int p = 0; p < 2; p++) bs[THREAD][p] = b[p];
    BARRIER();
    for (int p = 0; p < 4; p++) {
        double sum = 0.0;
        for (int k = 0; k < 8; k++)
            sum += (double)as[warp + across * 4 + k % 4][k / 4 * 2 + p / 2] * bs[warp + (2 * along + p % 2) * 4 + k % 4][k / 4];
        c[p] += (float)sum;
    }
    BARRIER();
}
#endif
