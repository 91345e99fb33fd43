/* Products of matrices. */
#include "kernel.h"
#include "multiply.h"

/* c[z] = a[z] b[z] (+ bias), a [m, k], b [k, n], c [m, n] at any steps. Block x: tiles, those of a column first; y: parts of
   k, whose results lie m n behind each other; z: the batch. Places along k in a and b, and along n in b and c, may be split
   into stretches that lie a pitch apart: positions of the samples of a batch.
   at: a, b, c, bias. n: m, n, k, the length of a part, flags with shifts; steps of a, b and c along rows, columns, and the
   batch; of the bias along the batch; for k and n the length of a stretch and its multiplier; pitches of a and b along k, of b
   and c along n. */
#define KIND PRODUCT
#define PREFIX product
#define A_ROW ((unsigned)a.n[5])
#define A_COLUMN ((unsigned)a.n[6])
#define A_STEP ((unsigned)a.n[7])
#define B_ROW ((unsigned)a.n[8])
#define B_COLUMN ((unsigned)a.n[9])
#define B_STEP ((unsigned)a.n[10])
#define C_ROW ((unsigned)a.n[11])
#define C_COLUMN ((unsigned)a.n[12])
#define C_STEP ((unsigned)a.n[13])
#define BIAS_STEP ((unsigned)a.n[14])
#define A_PITCH_K a.n[19]
#define B_PITCH_K a.n[20]
#define B_PITCH_N a.n[21]
#define C_PITCH_N a.n[22]
#define PLACE_K(i, step, pitch) place_along(i, a.n[15], a.n[16], flags >> 10 & 31, step, pitch)
#define PLACE_N(i, step, pitch) place_along(i, a.n[17], a.n[18], flags >> 15 & 31, step, pitch)
#define RESULT                                                                                                       \
    float *const to = FLOATS(2) + group * C_STEP + (size_t)BLOCK_Y * (unsigned)m * (unsigned)n +                     \
                      PLACE_N((unsigned)column, C_COLUMN, C_PITCH_N);                                                \
    const int bias_step = flags & BIAS_OF_ROWS ? 1 : 0;                                                              \
    const float *const bias = INPUT(3) + group * BIAS_STEP + (flags & BIAS_OF_ROWS ? 0 : column);                    \
    const float floor = floor_of(flags & RELU);
#define WRITE(row, value)                                                                                            \
    write_result(to + (size_t)(row) * C_ROW,                                                                         \
                 raised((value) + (flags & BIAS ? bias[(row) * bias_step] : 0.0f), floor), flags & ADD)
#include "tiles.h"
#undef KIND
#undef PREFIX
#undef RESULT
#undef WRITE
#undef A_ROW
#undef A_COLUMN
#undef A_STEP
#undef B_ROW
#undef B_COLUMN
#undef B_STEP
#undef C_ROW
#undef C_COLUMN
#undef C_STEP
#undef BIAS_STEP
#undef A_PITCH_K
#undef B_PITCH_K
#undef B_PITCH_N
#undef C_PITCH_N
#undef PLACE_K
#undef PLACE_N

#ifndef TF32
/* The sum of parts that lie behind each other, for every number of every group, in an order that does not change: 8 threads
   have every eighth part of a number, and what they find is added up. Block x: 32 numbers each; y: groups.
   at: parts, y, bias. n: numbers of a group, parts, whether to add; where the numbers are rows, those of a row (three), to
   which the bias is added, and the pitch of y's rows. */
KERNEL(sum_parts) {
    SHARED float sums[THREADS];
    const int count = a.n[0], parts = a.n[1];
    const int own = BLOCK_X * 32 + THREAD % 32, lane = THREAD / 32;
    const float *from = INPUT(0) + (size_t)BLOCK_Y * (unsigned)parts * (unsigned)count + own;
    float sum = 0.0f;
    if (own < count) {
        UNROLL4 for (int part = lane; part < parts; part += THREADS / 32) sum += from[(size_t)part * (unsigned)count];
    }
    sums[THREAD] = sum;
    BARRIER();
    if (lane == 0 && own < count) {
        for (int i = 1; i < THREADS / 32; i++) sum += sums[i * 32 + THREAD];
        float *y = FLOATS(1) + (size_t)BLOCK_Y * (unsigned)count;
        if (a.n[3]) {
            Spot row = spot((unsigned)own, a.n[3], a.n[4], a.n[5]);
            y += placed(row, a.n[6]);
            if (a.at[2]) sum += INPUT(2)[row.within];
        } else {
            y += own;
        }
        write_result(y, sum, a.n[2]);
    }
}
#endif
