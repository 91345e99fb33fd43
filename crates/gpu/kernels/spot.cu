/* Where in a map of three levels a number stands, without a division by what is known beforehand. */
#pragma once
#include "kernel.h"

/* The quotient of a number below 2^31, by the multiplier of the divisor and its shift, `which` of those in a word:
   src/split.rs. */
DEVICE unsigned over(unsigned x, int multiplier, int shifts, int which) {
    unsigned upper = (unsigned)((unsigned long long)(x + x) * (unsigned)multiplier >> 32);
    return upper >> (shifts >> 5 * which & 31);
}

/* `rest` is the place in the sample. */
typedef struct {
    unsigned sample, rest, plane, row, column;
} Spot;

/* n: count of all, numbers of a sample, of a plane, of a row, their multipliers, the word of shifts. */
DEVICE Spot spot(const int *n, unsigned i) {
    Spot s;
    s.sample = over(i, n[4], n[7], 0);
    s.rest = i - s.sample * (unsigned)n[1];
    s.plane = over(s.rest, n[5], n[7], 1);
    unsigned within = s.rest - s.plane * (unsigned)n[2];
    s.row = over(within, n[6], n[7], 2);
    s.column = within - s.row * (unsigned)n[3];
    return s;
}

/* Where the sample of a spot begins. */
DEVICE size_t begin_of(Spot s, int pitch) { return (size_t)s.sample * (unsigned)pitch; }

/* A result in place of what is there, which is then not read, or added to it. */
DEVICE void put(float *to, float value, int add) {
    if (add) value += *to;
    *to = value;
}
