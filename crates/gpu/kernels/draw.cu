/* What is left out by chance, or is missing. */
#include "kernel.h"

#define TURN(x, by) ((x) << (by) | (x) >> (32 - (by)))
#define QUARTER(p, q, r, s)                                                     \
    p += q, s = TURN(s ^ p, 16), r += s, q = TURN(q ^ r, 12), p += q, s = TURN(s ^ p, 8), r += s, q = TURN(q ^ r, 7)

/* Block `counter` of ChaCha with 8 rounds: 16 words, and which of them are at least `limit`, as bits. */
DEVICE unsigned kept_of(const unsigned *key, unsigned counter, unsigned limit) {
    unsigned start[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, key[0], key[1], key[2], key[3],
                          key[4],     key[5],     key[6],     key[7],     counter, 0,     0,      0};
    unsigned w[16];
    UNROLL
    for (int i = 0; i < 16; i++) w[i] = start[i];
    UNROLL
    for (int round = 0; round < 4; round++) {
        QUARTER(w[0], w[4], w[8], w[12]);
        QUARTER(w[1], w[5], w[9], w[13]);
        QUARTER(w[2], w[6], w[10], w[14]);
        QUARTER(w[3], w[7], w[11], w[15]);
        QUARTER(w[0], w[5], w[10], w[15]);
        QUARTER(w[1], w[6], w[11], w[12]);
        QUARTER(w[2], w[7], w[8], w[13]);
        QUARTER(w[3], w[4], w[9], w[14]);
    }
    unsigned bits = 0;
    UNROLL
    for (int i = 0; i < 16; i++) bits |= (unsigned)(w[i] + start[i] >= limit) << i;
    return bits;
}

/* y = x times a scale where word i of the key's stream is not below the limit, else 0; in place of what is there or added to
   it. Each thread draws 16 words, then the block goes along their numbers. at: key (eight words, the limit, the scale), x,
   y. n: count of all, numbers of a sample (three), pitches of x and y, whether to add. Blocks: one for 4096 numbers. */
KERNEL(dropout) {
    SHARED unsigned kept[THREADS];
    const unsigned *key = (const unsigned *)a.at[0];
    const float *x = INPUT(1);
    float *y = FLOATS(2);
    float scale = INPUT(0)[9];
    kept[THREAD] = kept_of(key, (unsigned)(BLOCK_X * THREADS + THREAD), key[8]);
    BARRIER();
    for (int pass = 0; pass < 16; pass += NUMBERS) {
        float found[NUMBERS];
        UNROLL
        for (int k = 0; k < NUMBERS; k++) {
            int within = (pass + k) * THREADS + THREAD;
            unsigned i = (unsigned)BLOCK_X * (16 * THREADS) + (unsigned)within;
            found[k] = 0.0f;
            if (i < (unsigned)a.n[0]) {
                Spot s = spot(i, a.n[1], a.n[2], a.n[3]);
                float value = x[placed(s, a.n[4])] * scale;
                if (!(kept[within / 16] >> (within % 16) & 1)) value = 0.0f;
                found[k] = fill_or_add(a.n[6], a.n[6] ? y[placed(s, a.n[5])] : 0.0f, value);
            }
        }
        UNROLL
        for (int k = 0; k < NUMBERS; k++) {
            unsigned i = (unsigned)BLOCK_X * (16 * THREADS) + (unsigned)((pass + k) * THREADS + THREAD);
            if (i < (unsigned)a.n[0]) y[placed(spot(i, a.n[1], a.n[2], a.n[3]), a.n[5])] = found[k];
        }
    }
}

/* A double and its words. */
union Double {
    unsigned words[2];
    double value;
};

/* What every sensor of a sample is multiplied by: the number of sensors over that of those kept, or 0. A sensor whose
   numbers are all 0 is missing; one whose draw is below the rate is taken away, but for the highest draw where none were
   left. at: x, draws (double, one a sensor; without them all are kept), factors. n: sensors, numbers of a sensor, pitch of
   x, the words of the rate (a double). A block a sample. */
KERNEL(sensor_factors) {
    int sensors = a.n[0];
    const float *x = INPUT(0) + (size_t)BLOCK_X * (unsigned)a.n[2];
    const double *draws = (const double *)a.at[1] + (size_t)BLOCK_X * (unsigned)sensors;
    float *factors = FLOATS(2) + (size_t)BLOCK_X * (unsigned)sensors;
    union Double rate;
    rate.words[0] = (unsigned)a.n[3];
    rate.words[1] = (unsigned)a.n[4];
    int drawn = a.at[1] != 0;
    /* Whether it is there, first of all. */
    for (int s = THREAD; s < sensors; s += THREADS) factors[s] = 0.0f;
    BARRIER();
    for (int s = 0; s < sensors; s++) {
        int any = 0;
        for (int i = THREAD; i < a.n[1]; i += THREADS) any |= x[(size_t)s * (unsigned)a.n[1] + (unsigned)i] != 0.0f;
        if (any) factors[s] = 1.0f;
    }
    BARRIER();
    double limit = 0.0;
    if (drawn) {
        for (int s = 0; s < sensors; s++)
            if (factors[s] != 0.0f && draws[s] > limit) limit = draws[s];
        limit = rate.value < limit ? rate.value : limit;
    }
    int left = 0;
    for (int s = 0; s < sensors; s++) left += factors[s] != 0.0f && (!drawn || draws[s] >= limit);
    float factor = (float)((double)sensors / (double)most(left, 1));
    BARRIER();
    for (int s = THREAD; s < sensors; s += THREADS)
        factors[s] = factors[s] != 0.0f && (!drawn || draws[s] >= limit) ? factor : 0.0f;
}
