/* How tile.h multiplies: in f32, TM x TN numbers of c a thread, in runs of RUN rows and columns. */
#pragma once

#define BK_128x128 8
#define BK_64x64 16
#define BK_32x128 16
#define BK_32x32 32
/* Behind a line of shared memory: runs begin at even addresses. */
#define PAD RUN
#define RUN (TM < 4 ? TM : 4)
#define ACROSS (BN / TN)
#define DOWN (BM / TM)

/* Warps of 4 x 8 threads. */
#define SUMS                                                                                                         \
    const int right = THREAD % 8 + THREAD / 32 % (ACROSS / 8) * 8, down = THREAD / 8 % 4 + THREAD / 32 / (ACROSS / 8) * 4; \
    float sums[TM][TN];                                                                                              \
    UNROLL for (int i = 0; i < TM; i++) {                                                                            \
        UNROLL for (int j = 0; j < TN; j++) sums[i][j] = 0.0f;                                                       \
    }
/* What is kept of a number. */
#define KEPT(value) (value)
#define MULTIPLY(a_step, b_step)                                                                                     \
    {                                                                                                                \
        const float *const a_now = (a_step) + down * RUN, *const b_now = (b_step) + right * RUN;                     \
        UNROLL for (int kk = 0; kk < BK; kk++) {                                                                     \
            float left[TM], top[TN];                                                                                 \
            UNROLL for (int i = 0; i < TM; i += RUN) read_run(left + i, a_now + kk * A_LINE + i * DOWN, RUN);        \
            UNROLL for (int j = 0; j < TN; j += RUN) read_run(top + j, b_now + kk * B_LINE + j * ACROSS, RUN);       \
            UNROLL for (int i = 0; i < TM; i++) {                                                                    \
                UNROLL for (int j = 0; j < TN; j++) sums[i][j] += left[i] * top[j];                                  \
            }                                                                                                        \
        }                                                                                                            \
    }

/* One row of every thread at a time, lines so far apart. */
#define LINES DOWN
#define APART 0
#define PUT_LINES(to, i)                                                                                             \
    UNROLL for (int j = 0; j < TN; j++)                                                                              \
        (to)[down * BN + j / RUN * RUN * ACROSS + right * RUN + j % RUN] = sums[i][j];
#define ROW_OF(i, line) ((i) / RUN * RUN * DOWN + (line) * RUN + (i) % RUN)

/* A run of numbers; at an address that is known to be even they come at once. */
DEVICE void read_run(float *to, const float *from, int run) {
    UNROLL for (int i = 0; i < run; i++) to[i] = from[i];
}
