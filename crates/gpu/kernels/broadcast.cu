/* Two operands joined number by number, each of them broadcast along axes that it does not have, and the way back. */
#include "kernel.h"

/* The joins, in the order of Term in src/broadcast.rs. */
enum { SUM, DIFFERENCE, PRODUCT, THE_FIRST, MINUS_THE_FIRST };

DEVICE float joined(int join, float x, float y) {
    switch (join) {
    case SUM: return x + y;
    case DIFFERENCE: return x - y;
    case PRODUCT: return x * y;
    case THE_FIRST: return x;
    default: return -x;
    }
}

/* Where the numbers of both operands lie that meet at a place of a sample; the axes from the last on, at most four. */
typedef struct {
    unsigned x, y;
} Meeting;
DEVICE Meeting meeting(const Args *a, unsigned place) {
    Meeting at = {0, 0};
    unsigned x_step = 1, y_step = 1, rest = place;
    UNROLL
    for (int axis = 0; axis < 4; axis++) {
        if (axis >= a->n[4]) break;
        unsigned index = rest, length = 1;
        if (axis < 3 && axis + 1 < a->n[4]) {
            length = (unsigned)a->n[5 + 3 * axis];
            rest = divided(index, a->n[6 + 3 * axis], a->n[7 + 3 * axis]);
            index -= rest * length;
        }
        if (a->n[14] >> axis & 1) {
            at.x += index * x_step;
            x_step *= length;
        }
        if (a->n[15] >> axis & 1) {
            at.y += index * y_step;
            y_step *= length;
        }
    }
    return at;
}

/* z = x joined with y, in place of what is there or added to it. at: x, y, z. n: count of all, numbers of a sample of z
   (three), axes, lengths of all axes but the first from the last on (three each, in nine places), the axes that x has as
   bits from the last on, those of y, pitches of x, y and z, join, whether to add. */
KERNEL(broadcast) {
    const float *x = INPUT(0), *y = INPUT(1);
    float *z = FLOATS(2);
    float found[NUMBERS];
    UNROLL
    for (int k = 0; k < NUMBERS; k++) {
        unsigned i = number_at(k);
        found[k] = 0.0f;
        if (i < (unsigned)a.n[0]) {
            Spot s = spot(i, a.n[1], a.n[2], a.n[3]);
            Meeting at = meeting(&a, s.within);
            float one = x[(size_t)s.sample * (unsigned)a.n[16] + at.x];
            float two = a.n[19] <= PRODUCT ? y[(size_t)s.sample * (unsigned)a.n[17] + at.y] : 0.0f;
            found[k] = joined(a.n[19], one, two);
            if (a.n[20]) found[k] += z[placed(s, a.n[18])];
        }
    }
    UNROLL
    for (int k = 0; k < NUMBERS; k++) {
        unsigned i = number_at(k);
        if (i < (unsigned)a.n[0]) z[placed(spot(i, a.n[1], a.n[2], a.n[3]), a.n[18])] = found[k];
    }
}

/* Axes of a sum: four and the batch before them. */
#define AXES 5
/* Terms in flight of a thread, summed in single precision before they go to the double sum. */
#define TERMS 8

/* Sums of dz joined with y over some axes, in place of what is there or added to it. at: dz, y, sums. n: 0 sums, 1 terms of
   each, 2 threads along the terms of a sum (a power of two), 3 whether those are neighbours (else the threads of
   neighbouring sums are), 4 to 8 lengths of the axes from the last on, 9 the axes that are kept as bits, 10 the axes that y
   has, 11 to 13 pitches of dz, y and sums, 14 sums of a sample, 15 join, 16 whether to add, 17 the first of the axes
   that are summed over. */
KERNEL(broadcast_sums) {
    SHARED double sums[THREADS];
    const float *dz = INPUT(0), *y = INPUT(1);
    float *to = FLOATS(2);
    int lanes = a.n[2], side = THREADS / lanes, near = a.n[3];
    int lane = near ? THREAD % lanes : THREAD / side, own = near ? THREAD / lanes : THREAD % side;
    unsigned sum = (unsigned)BLOCK_X * (unsigned)side + (unsigned)own, terms = (unsigned)a.n[1];
    int there = sum < (unsigned)a.n[0];
    size_t z_steps[AXES], y_steps[AXES], z_base = 0, y_base = 0;
    unsigned z_step = 1, y_step = 1, rest = sum;
    UNROLL
    for (int axis = 0; axis < AXES; axis++) {
        unsigned length = (unsigned)a.n[4 + axis];
        z_steps[axis] = axis < AXES - 1 ? z_step : (unsigned)a.n[11];
        y_steps[axis] = !(a.n[10] >> axis & 1) ? 0 : axis < AXES - 1 ? y_step : (unsigned)a.n[12];
        z_step *= length;
        if (a.n[10] >> axis & 1) y_step *= length;
        if (a.n[9] >> axis & 1) {
            unsigned index = rest % length;
            rest /= length;
            z_base += index * z_steps[axis];
            y_base += index * y_steps[axis];
        }
    }
    double total = 0.0;
    if (there)
        for (unsigned term = (unsigned)lane; term < terms; term += TERMS * (unsigned)lanes) {
            float found[TERMS], part = 0.0f;
            UNROLL
            for (int k = 0; k < TERMS; k++) {
                unsigned left = term + (unsigned)(k * lanes);
                found[k] = 0.0f;
                if (left < terms) {
                    size_t z_at = z_base, y_at = y_base;
                    UNROLL
                    for (int axis = 0; axis < AXES; axis++)
                        if (!(a.n[9] >> axis & 1) && a.n[4 + axis] > 1) {
                            unsigned index = left, length = (unsigned)a.n[4 + axis];
                            /* The first of the axes that are summed over takes what is left. */
                            if (axis < a.n[17]) {
                                left = index / length;
                                index -= left * length;
                            }
                            z_at += index * z_steps[axis];
                            y_at += index * y_steps[axis];
                        }
                    found[k] = joined(a.n[15], dz[z_at], a.n[15] <= PRODUCT ? y[y_at] : 0.0f);
                }
            }
            UNROLL
            for (int k = 0; k < TERMS; k++) part += found[k];
            total += (double)part;
        }
    sums[THREAD] = total;
    BARRIER();
    for (int half = lanes / 2; half > 0; half /= 2) {
        if (lane < half) sums[THREAD] += sums[THREAD + half * (near ? 1 : side)];
        BARRIER();
    }
    if (lane == 0 && there) {
        unsigned sample = sum / (unsigned)a.n[14];
        size_t at = (size_t)sample * (unsigned)a.n[13] + (sum - sample * (unsigned)a.n[14]);
        to[at] = fill_or_add(a.n[16], to[at], (float)sums[THREAD]);
    }
}
