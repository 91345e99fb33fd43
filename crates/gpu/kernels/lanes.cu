/* Several threads of a block, lanes, on one result: what they found is put together in the order of a tree. */
#pragma once
#include "site.cu"

/* A sum with what its last addition lost. */
typedef struct {
    float sum, lost;
} Sum;

DEVICE Sum nothing(void) {
    Sum s = {0.0f, 0.0f};
    return s;
}

DEVICE void take(Sum *s, float value) {
    float rest = value - s->lost, sum = s->sum + rest;
    s->lost = (sum - s->sum) - rest;
    s->sum = sum;
}

/* One of a block's groups of lanes: how many, which of them this thread is, and how many threads lie from one to the
   next. */
typedef struct {
    int count, own, apart;
} Lanes;

/* The sum over the lanes, known to all of them. All threads of a block come here; it ends with a barrier. */
DEVICE float sum_of_lanes(Sum own, Lanes lanes) {
    SHARED double sums[THREADS];
    sums[THREAD] = (double)own.sum - (double)own.lost;
    BARRIER();
    for (int half = lanes.count / 2; half > 0; half /= 2) {
        if (lanes.own < half) sums[THREAD] += sums[THREAD + half * lanes.apart];
        BARRIER();
    }
    float sum = (float)sums[THREAD - lanes.own * lanes.apart];
    BARRIER();
    return sum;
}

/* A value and where it stands; below 0 where there is none. */
typedef struct {
    float value;
    int place;
} Found;

DEVICE Found nowhere(void) {
    Found f = {-INFINITY, -1};
    return f;
}

/* NaN wins over numbers, the first of equal ones over the others. */
DEVICE int wins(Found a, Found b) {
    if (b.place < 0 || a.place < 0) return a.place >= 0;
    int first = a.place < b.place, strange = a.value != a.value, other = b.value != b.value;
    if (strange || other) return strange && (!other || first);
    return a.value > b.value || (a.value == b.value && first);
}

/* The largest value of the lanes, known to all of them. All threads of a block come here; it ends with a barrier. */
DEVICE Found largest_of_lanes(Found own, Lanes lanes) {
    SHARED Found found[THREADS];
    found[THREAD] = own;
    BARRIER();
    for (int half = lanes.count / 2; half > 0; half /= 2) {
        if (lanes.own < half) {
            Found other = found[THREAD + half * lanes.apart];
            if (wins(other, found[THREAD])) found[THREAD] = other;
        }
        BARRIER();
    }
    Found best = found[THREAD - lanes.own * lanes.apart];
    BARRIER();
    return best;
}

/* A column of a sample [outer, len, inner], with lanes along it. */
typedef struct {
    unsigned index; /* of all columns */
    Site at;        /* plane: place along outer; row: along inner; rest: both */
    unsigned begin; /* of its first number in the sample */
    unsigned step;  /* from one number to the next */
    int len;        /* 0 where there is no such column */
    Lanes lanes;
} Column;

/* n: count of columns, columns of a sample, inner, 1, factors, shifts, len, logarithm of the lanes, logarithm of the
   threads from one lane to the next: 0 where lanes are neighbours, else neighbours are columns. */
DEVICE Column own_column(const int *n) {
    Column c;
    int lanes = 1 << n[9], columns = THREADS >> n[9];
    int across = n[2] > 1;
    c.lanes.count = lanes;
    c.lanes.own = across ? THREAD >> n[10] : THREAD & (lanes - 1);
    c.lanes.apart = 1 << n[10];
    int own = across ? THREAD & (columns - 1) : THREAD >> n[9];
    c.index = (unsigned)BLOCK_X * (unsigned)columns + (unsigned)own;
    int is = c.index < (unsigned)n[0];
    c.at = site(n, is ? c.index : 0);
    c.begin = c.at.plane * (unsigned)n[8] * (unsigned)n[2] + c.at.row;
    c.step = (unsigned)n[2];
    c.len = is ? n[8] : 0;
    return c;
}

/* Every place along a column that is this lane's. */
#define EACH_ALONG(column, l) for (int l = (column).lanes.own; l < (column).len; l += (column).lanes.count)
/* Whether this thread writes what its column gives. */
#define LEADS(column) ((column).len > 0 && (column).lanes.own == 0)
