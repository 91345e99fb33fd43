/* Numbers moved as they are: rows, orders of axes, chosen rows. */
#include "kernel.h"

/* Rows of numbers from one pitch to another, in place of what is there or added to it. at: x, y. n: count of all, numbers of
   a row (three), rows of a sample (three), pitches of rows and of samples of x, those of y, whether to add. */
KERNEL(copy_rows) {
    const float *x = INPUT(0);
    float *y = FLOATS(1);
    float found[NUMBERS];
    size_t places[NUMBERS];
    UNROLL
    for (int k = 0; k < NUMBERS; k++) {
        unsigned i = number_at(k);
        found[k] = 0.0f;
        if (i < (unsigned)a.n[0]) {
            Spot row = spot(i, a.n[1], a.n[2], a.n[3]), sample = spot(row.sample, a.n[4], a.n[5], a.n[6]);
            size_t r = sample.within, b = sample.sample;
            places[k] = r * (unsigned)a.n[9] + b * (unsigned)a.n[10] + row.within;
            found[k] = x[r * (unsigned)a.n[7] + b * (unsigned)a.n[8] + row.within];
            if (a.n[11]) found[k] += y[places[k]];
        }
    }
    UNROLL
    for (int k = 0; k < NUMBERS; k++)
        if (number_at(k) < (unsigned)a.n[0]) y[places[k]] = found[k];
}

/* Axes in another order, read where they lie. at: x, y. n: 0 count of all, 1 to 3 numbers of a sample, 4 axes, 5 to 13
   lengths of all axes of y but the first, from the last on (three each), 14 to 17 numbers from one index to the next of
   these axes in x, 18 and 19 pitches, 20 whether to add. */
KERNEL(permute) {
    const float *x = INPUT(0);
    float *y = FLOATS(1);
    float found[NUMBERS];
    UNROLL
    for (int k = 0; k < NUMBERS; k++) {
        unsigned i = number_at(k);
        found[k] = 0.0f;
        if (i < (unsigned)a.n[0]) {
            Spot s = spot(i, a.n[1], a.n[2], a.n[3]);
            unsigned rest = s.within, from = 0;
            UNROLL
            for (int axis = 0; axis < 4; axis++) {
                if (axis >= a.n[4]) break;
                unsigned index = rest;
                if (axis < 3 && axis + 1 < a.n[4]) {
                    rest = divided(index, a.n[6 + 3 * axis], a.n[7 + 3 * axis]);
                    index -= rest * (unsigned)a.n[5 + 3 * axis];
                }
                from += index * (unsigned)a.n[14 + axis];
            }
            found[k] = x[(size_t)s.sample * (unsigned)a.n[18] + from];
            if (a.n[20]) found[k] += y[placed(s, a.n[19])];
        }
    }
    UNROLL
    for (int k = 0; k < NUMBERS; k++) {
        unsigned i = number_at(k);
        if (i < (unsigned)a.n[0]) y[placed(spot(i, a.n[1], a.n[2], a.n[3]), a.n[19])] = found[k];
    }
}

#define TILE 32

/* Axes in another order where the last of x is not that of y, by tiles of these two: both are read and written along.
   at: x, y. n: 0 length of the last axis of x, 1 of that of y, 2 numbers from one index of the first to the next in y, 3 of
   the second in x, 4 and 5 tiles along both, 6 and 7 lengths of two further axes, 8 and 9 their steps in x, 10 and 11 in y,
   12 and 13 pitches, 14 whether to add. Blocks: tiles of all planes of all samples. */
KERNEL(transpose) {
    SHARED float tile[TILE][TILE + 1];
    unsigned rest = (unsigned)BLOCK_X;
    int along_x = (int)(rest % (unsigned)a.n[4]) * TILE;
    rest /= (unsigned)a.n[4];
    int along_y = (int)(rest % (unsigned)a.n[5]) * TILE;
    rest /= (unsigned)a.n[5];
    unsigned one = rest % (unsigned)a.n[6];
    rest /= (unsigned)a.n[6];
    unsigned two = rest % (unsigned)a.n[7];
    rest /= (unsigned)a.n[7];
    const float *x = INPUT(0) + (size_t)rest * (unsigned)a.n[12] + one * (unsigned)a.n[8] + two * (unsigned)a.n[9];
    float *y = FLOATS(1) + (size_t)rest * (unsigned)a.n[13] + one * (unsigned)a.n[10] + two * (unsigned)a.n[11];
    int column = THREAD % TILE, row = THREAD / TILE;
    UNROLL
    for (int k = 0; k < TILE; k += THREADS / TILE) {
        int i = along_x + column, j = along_y + row + k;
        if (i < a.n[0] && j < a.n[1]) tile[row + k][column] = x[(size_t)j * (unsigned)a.n[3] + (unsigned)i];
    }
    BARRIER();
    UNROLL
    for (int k = 0; k < TILE; k += THREADS / TILE) {
        int i = along_x + row + k, j = along_y + column;
        if (i < a.n[0] && j < a.n[1]) {
            float *to = y + (size_t)i * (unsigned)a.n[2] + (unsigned)j;
            *to = fill_or_add(a.n[14], *to, tile[column][row + k]);
        }
    }
}

