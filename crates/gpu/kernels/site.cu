/* Where in a map of three levels a number stands, without a division by what is known beforehand. */
#pragma once
#include "kernel.h"

/* x / by for x below 2^31, by the factor of `by` and its shift, `which` of those in a word: src/split.rs. */
DEVICE unsigned over(unsigned x, int factor, int shifts, int which) {
    return divided(x, factor, shifts >> 5 * which & 31);
}

/* `rest` is the place in the sample. */
typedef struct {
    unsigned sample, rest, plane, row, column;
} Site;

/* n: count of all, numbers of a sample, of a plane, of a row, their factors, the word of shifts. */
DEVICE Site site(const int *n, unsigned i) {
    Site s;
    s.sample = over(i, n[4], n[7], 0);
    s.rest = i - s.sample * (unsigned)n[1];
    s.plane = over(s.rest, n[5], n[7], 1);
    unsigned within = s.rest - s.plane * (unsigned)n[2];
    s.row = over(within, n[6], n[7], 2);
    s.column = within - s.row * (unsigned)n[3];
    return s;
}

/* Where the sample of a place begins. */
DEVICE size_t begin_of(Site s, int pitch) { return (size_t)s.sample * (unsigned)pitch; }

/* A result in place of what is there, which is then not read, or added to it. */
DEVICE void put(float *to, float value, int add) {
    if (add) value += *to;
    *to = value;
}
