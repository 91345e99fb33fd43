/* Variational mode decomposition, one block a segment.

   A segment continued by its mirror image has a spectrum that is its DCT-II turned in phase, and every step uses real
   factors and squared magnitudes only. So all is done on `len` real coefficients, one for each positive frequency, counted
   in bins of half a cycle a segment. Three kernels: coefficients of the segment, modes of the coefficients, samples of the
   modes.

   A sweep takes the centres from before it, so a coefficient needs nothing of the others: a thread keeps its own of what
   is left of the record in registers and goes over the modes. Only the sums for new centres are the block's.

   Scratch of a segment, one after the other: VMD_INFO numbers (exponent of its scale, mean square, whether a sample is no
   finite number, power of the coefficients), its coefficients, room. */
#include "kernel.h"

#define VMD_INFO 4
/* Most modes; how many are summed up at a time; numbers of modes in shared memory. */
#define VMD_MODES 32
#define VMD_ROUND 4
#define VMD_TILE 8192
/* Most coefficients of a thread. */
#define VMD_BINS 16
/* A mode of less power stays where it is. */
#define VMD_LEAST 1e-30
/* Sweeps after which the rest is computed anew. */
#define VMD_REFRESH 32
/* Numbers of a report before those of its modes, and how the iterations ended. */
#define VMD_REPORT 4
#define VMD_MOST_SWEEPS 0
#define VMD_CONVERGED 1
#define VMD_NOT_FINITE 2
#define VMD_OUT_OF_BOUNDS 3

/* 1/x of 1e-37 to 1e37. */
DEVICE float vmd_inverse(float x) {
#ifdef __CUDACC__
    float y;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
    return y;
#else
    return 1.0f / x;
#endif
}

/* x / by, by two steps of Newton's: a division of doubles takes many registers. By 1e-37 to 1e37. */
DEVICE double vmd_over(double x, double by) {
    double inverse = (double)vmd_inverse((float)by);
    inverse *= 2.0 - by * inverse;
    inverse *= 2.0 - by * inverse;
    return x * inverse;
}

/* e^(-2 pi i part). */
DEVICE void vmd_turn(float part, float *re, float *im) {
#ifdef __CUDACC__
    sincospif(-2.0f * part, im, re);
#else
    double angle = -6.283185307179586 * (double)part;
    *re = (float)cos(angle);
    *im = (float)sin(angle);
#endif
}

/* (re, im) times (by_re, by_im). */
DEVICE void vmd_times(float *re, float *im, float by_re, float by_im) {
    float old = *re;
    *re = old * by_re - *im * by_im;
    *im = old * by_im + *im * by_re;
}

/* The transforms of 2, 3, 4 and 5 numbers, in place. */
DEVICE void vmd_two(float *re, float *im) {
    float r = re[0] - re[1], i = im[0] - im[1];
    re[0] += re[1], im[0] += im[1];
    re[1] = r, im[1] = i;
}

DEVICE void vmd_three(float *re, float *im) {
    const float half_root = 0.8660254037844386f;
    float sum_re = re[1] + re[2], sum_im = im[1] + im[2];
    float turned_re = half_root * (im[1] - im[2]), turned_im = half_root * (re[2] - re[1]);
    float mid_re = re[0] - 0.5f * sum_re, mid_im = im[0] - 0.5f * sum_im;
    re[0] += sum_re, im[0] += sum_im;
    re[1] = mid_re + turned_re, im[1] = mid_im + turned_im;
    re[2] = mid_re - turned_re, im[2] = mid_im - turned_im;
}

DEVICE void vmd_four(float *re, float *im) {
    float a_re = re[0] + re[2], a_im = im[0] + im[2], b_re = re[0] - re[2], b_im = im[0] - im[2];
    float c_re = re[1] + re[3], c_im = im[1] + im[3], d_re = im[1] - im[3], d_im = re[3] - re[1];
    re[0] = a_re + c_re, im[0] = a_im + c_im;
    re[1] = b_re + d_re, im[1] = b_im + d_im;
    re[2] = a_re - c_re, im[2] = a_im - c_im;
    re[3] = b_re - d_re, im[3] = b_im - d_im;
}

DEVICE void vmd_five(float *re, float *im) {
    const float c1 = 0.30901699437494745f, c2 = -0.8090169943749475f;
    const float s1 = 0.9510565162951535f, s2 = 0.5877852522924731f;
    float a_re = re[1] + re[4], a_im = im[1] + im[4], b_re = im[1] - im[4], b_im = re[4] - re[1];
    float c_re = re[2] + re[3], c_im = im[2] + im[3], d_re = im[2] - im[3], d_im = re[3] - re[2];
    float low_re = re[0] + c1 * a_re + c2 * c_re, low_im = im[0] + c1 * a_im + c2 * c_im;
    float high_re = re[0] + c2 * a_re + c1 * c_re, high_im = im[0] + c2 * a_im + c1 * c_im;
    float near_re = s1 * b_re + s2 * d_re, near_im = s1 * b_im + s2 * d_im;
    float far_re = s2 * b_re - s1 * d_re, far_im = s2 * b_im - s1 * d_im;
    re[0] += a_re + c_re, im[0] += a_im + c_im;
    re[1] = low_re + near_re, im[1] = low_im + near_im;
    re[4] = low_re - near_re, im[4] = low_im - near_im;
    re[2] = high_re + far_re, im[2] = high_im + far_im;
    re[3] = high_re - far_re, im[3] = high_im - far_im;
}

/* A stage of a Fourier transform of z into w, both `len` real parts and then `len` imaginary ones; `done` is the product
   of the radices before. */
DEVICE void vmd_stage(const int radix, int len, int done, const float *z, float *w) {
    int apart = len / radix;
    float step = 1.0f / (float)(done * radix);
    for (int j = THREAD; j < apart; j += THREADS) {
        int place = j / done, inside = j - place * done;
        float re[5], im[5], turn_re, turn_im;
        vmd_turn((float)inside * step, &turn_re, &turn_im);
        float by_re = turn_re, by_im = turn_im;
        re[0] = z[j], im[0] = z[len + j];
        UNROLL
        for (int i = 1; i < radix; i++) {
            re[i] = z[j + i * apart], im[i] = z[len + j + i * apart];
            vmd_times(&re[i], &im[i], by_re, by_im);
            vmd_times(&by_re, &by_im, turn_re, turn_im);
        }
        if (radix == 2) vmd_two(re, im);
        if (radix == 3) vmd_three(re, im);
        if (radix == 4) vmd_four(re, im);
        if (radix == 5) vmd_five(re, im);
        float *to = w + place * done * radix + inside;
        UNROLL
        for (int i = 0; i < radix; i++) to[i * done] = re[i], to[len + i * done] = im[i];
    }
}

/* The Fourier transform of the `len` complex numbers of z, with as much room behind them; gives where it lies. Radices
   are those of n from `at` on, first their number. Begins and ends with a barrier. */
DEVICE float *vmd_fourier(const Args *a, int at, int len, float *z) {
    float *w = z + 2 * len;
    int done = 1;
    BARRIER();
    for (int i = 1; i <= a->n[at]; i++) {
        int radix = a->n[at + i];
        if (radix == 2) vmd_stage(2, len, done, z, w);
        if (radix == 3) vmd_stage(3, len, done, z, w);
        if (radix == 4) vmd_stage(4, len, done, z, w);
        if (radix == 5) vmd_stage(5, len, done, z, w);
        BARRIER();
        float *other = z;
        z = w, w = other;
        done *= radix;
    }
    return z;
}

/* Coefficients of the segments, scaled by a power of two to a peak of 1 to 2.
   at: x, scratch. n: length, pitch of x, pitch of scratch, number of radices, radices. Blocks: segments. */
KERNEL(vmd_spectrum) {
    SHARED float peaks[THREADS];
    int len = a.n[0];
    const float *x = INPUT(0) + (size_t)BLOCK_X * (unsigned)a.n[1];
    float *info = FLOATS(1) + (size_t)BLOCK_X * (unsigned)a.n[2];
    float *record = info + VMD_INFO, *z = record + len;
    float peak = 0.0f;
    double broken = 0.0;
    for (int j = THREAD; j < len; j += THREADS) {
        float size = fabsf(x[j]);
        if (size <= 3.4028234e38f) peak = size > peak ? size : peak;
        else broken += 1.0;
    }
    peaks[THREAD] = peak;
    broken = block_sum(broken);
    for (int half = THREADS / 2; half > 0; half /= 2) {
        if (THREAD < half && peaks[THREAD + half] > peaks[THREAD]) peaks[THREAD] = peaks[THREAD + half];
        BARRIER();
    }
    peak = peaks[0];
    int exponent = 1;
    if (peak > 0.0f) frexpf(peak, &exponent);
    exponent = most(-126, least(126, exponent - 1));
    float scale = ldexpf(1.0f, -exponent);
    double mean = 0.0;
    int even = (len + 1) / 2;
    for (int j = THREAD; j < len; j += THREADS) {
        float value = scale * (j < even ? x[2 * j] : x[2 * (len - 1 - j) + 1]);
        mean += (double)value * value;
        z[j] = value;
        z[len + j] = 0.0f;
    }
    mean = block_sum(mean) / len;
    const float *bins = vmd_fourier(&a, 3, len, z);
    double power = 0.0;
    float step = 0.25f / (float)len;
    for (int k = THREAD; k < len; k += THREADS) {
        float turn_re, turn_im;
        vmd_turn((float)k * step, &turn_re, &turn_im);
        float value = 2.0f * (bins[k] * turn_re - bins[len + k] * turn_im);
        record[k] = value;
        power += (k > 0 ? 1.0 : 0.5) * (double)value * value;
    }
    power = block_sum(power);
    if (THREAD == 0) {
        info[0] = (float)exponent;
        info[1] = (float)mean;
        info[2] = broken > 0.0 ? 1.0f : 0.0f;
        info[3] = (float)power;
    }
}

/* What the threads of a block share while they iterate. Centres are in bins. */
typedef struct {
    float part[2 * VMD_ROUND + 1][THREADS];
    double wide[2 * VMD_ROUND + 1][32];
    double centre[VMD_MODES], power[VMD_MODES];
    /* How far they moved in the last iteration. */
    float moved[VMD_MODES];
    /* Change of the modes in the last sweep, factor to its unit, how it ended. */
    double change, weight;
    int end;
    /* Centres times the root of alpha, in two parts, that no rounding moves them. */
    float high[VMD_MODES], low[VMD_MODES];
    /* Coefficient 0, and the row of the output. */
    float first[VMD_MODES];
    int row[VMD_MODES];
} VmdState;

/* How the iterations are told what to do; of both kernels.
   at: scratch, modes, report, centres of the start.
   n: length, modes, coefficients of a thread (even), rows in shared memory, most sweeps, whether there is a multiplier,
   whether the first mode stays at 0, start (0: zero, 1: uniform, 2: given), whether the numbers are as they are, whether
   the centres have to rest, pitch of scratch.
   f: root of alpha times a bin, half of tau, tolerance. */
#define VMD_LEN (a->n[0])
#define VMD_COUNT (a->n[1])
#define VMD_USED (a->n[2])
#define VMD_STEP (a->f[0])

/* The float parts of a centre. */
DEVICE void vmd_spread(const Args *a, VmdState *state, int k) {
    double centre = (double)VMD_STEP * state->centre[k];
    state->high[k] = (float)centre;
    state->low[k] = (float)(centre - (double)state->high[k]);
}

/* Centres of the start, and the unit of changes. Ends with a barrier. */
DEVICE void vmd_start(const Args *a, VmdState *state, const float *info) {
    const float *given = (const float *)a->at[3];
    int k = THREAD;
    if (k < VMD_COUNT) {
        double cycles = 0.0;
        if (a->n[7] == 1) cycles = vmd_over(0.5 * k, VMD_COUNT);
        if (a->n[7] == 2) cycles = (double)given[k];
        if (a->n[6] && k == 0) cycles = 0.0;
        state->centre[k] = 2.0 * VMD_LEN * cycles;
        state->power[k] = 0.0;
        state->moved[k] = 0.0f;
        vmd_spread(a, state, k);
    }
    if (THREAD == 32) {
        double mean = (double)info[1], unit = mean > 0.0 ? vmd_over(1.0, mean) : 0.0;
        if (a->n[8]) unit = ldexp(1.0, 2 * (int)info[0]);
        state->weight = vmd_over(unit, 2.0 * VMD_LEN);
        state->change = 0.0;
        state->end = VMD_MOST_SWEEPS;
    }
    BARRIER();
}

DEVICE double vmd_total(const double *wide) {
    double sums[4] = {0.0, 0.0, 0.0, 0.0};
    for (int i = 0; i < 32; i += 4) {
        UNROLL
        for (int j = 0; j < 4; j++) sums[j] += wide[i + j];
    }
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

/* Powers of some modes, and where they are to `move` new centres, out of the rows of parts: power and first moment about
   the old centre of every mode, and the change where there is a row more, with whether that ends it. Begins and ends with a
   barrier. */
DEVICE void vmd_recentre(const Args *a, VmdState *state, int first, int modes, int rows, int move) {
    int lane = THREAD % 32;
    BARRIER();
    for (int row = THREAD / 32; row < rows; row += THREADS / 32) {
        const float *part = state->part[row] + lane;
        float pairs[4];
        UNROLL
        for (int i = 0; i < 4; i++) pairs[i] = part[64 * i] + part[64 * i + 32];
        state->wide[row][lane] = (double)((pairs[0] + pairs[1]) + (pairs[2] + pairs[3]));
    }
    BARRIER();
    if (THREAD < modes) {
        int k = first + THREAD;
        double power = vmd_total(state->wide[2 * THREAD]);
        state->power[k] = power;
        if (move) state->moved[k] = 0.0f;
        if (move && power > VMD_LEAST && (k > 0 || !a->n[6])) {
            double moment = vmd_total(state->wide[2 * THREAD + 1]);
            double from = state->centre[k], to = from + vmd_over(moment, power * (double)VMD_STEP);
            to = to < 0.0 ? 0.0 : to > VMD_LEN ? (double)VMD_LEN : to;
            state->moved[k] = (float)fabs(to - from);
            state->centre[k] = to;
            vmd_spread(a, state, k);
        }
    }
    if (THREAD == 32 && rows > 2 * modes) {
        double change = vmd_total(state->wide[rows - 1]) * state->weight;
        if (!(change <= 1.7976931348623157e308)) state->end = VMD_OUT_OF_BOUNDS;
        state->change = change + 2.220446049250313e-16;
        if (!a->n[9] && state->change <= (double)a->f[2]) state->end = VMD_CONVERGED;
    }
    BARRIER();
}

/* The farthest that a centre has moved, in cycles a sample. */
DEVICE float vmd_moved(const Args *a, const VmdState *state) {
    float largest = 0.0f;
    for (int k = 0; k < VMD_COUNT; k++) largest = state->moved[k] > largest ? state->moved[k] : largest;
    return 0.5f * largest / (float)VMD_LEN;
}

/* Rows of the output: by centre. Ends with a barrier. */
DEVICE void vmd_order(const Args *a, VmdState *state) {
    int k = THREAD;
    if (k < VMD_COUNT) {
        int row = 0;
        for (int i = 0; i < VMD_COUNT; i++) {
            double apart = state->centre[i] - state->centre[k];
            row += apart < 0.0 || (apart == 0.0 && i < k);
        }
        state->row[k] = row;
    }
    BARRIER();
}

/* The report: how it ended, sweeps, change, farthest move of a centre; then of each row its centre in cycles a sample, its
   share of the power, its place in the start. Begins with a barrier. */
DEVICE void vmd_report(const Args *a, const VmdState *state, const float *info, int end, int sweeps) {
    int k = THREAD, modes = VMD_COUNT;
    float *report = (float *)a->at[2] + (size_t)BLOCK_X * (unsigned)(VMD_REPORT + 3 * modes);
    int failed = end == VMD_NOT_FINITE || end == VMD_OUT_OF_BOUNDS;
    BARRIER();
    if (k < modes) {
        int row = failed ? k : state->row[k];
        double first = (double)state->first[k], own = state->power[k] - 0.5 * first * first;
        double share = info[3] > 0.0f && own > 0.0 ? vmd_over(own, (double)info[3]) : 0.0;
        report[VMD_REPORT + row] = failed ? nanf("") : (float)vmd_over(state->centre[k], 2.0 * VMD_LEN);
        report[VMD_REPORT + modes + row] = failed ? nanf("") : (float)share;
        report[VMD_REPORT + 2 * modes + row] = (float)k;
    }
    if (THREAD == 0) {
        report[0] = (float)end;
        report[1] = (float)sweeps;
        report[2] = failed ? nanf("") : (float)state->change;
        report[3] = failed ? nanf("") : vmd_moved(a, state);
    }
}

/* No modes: no numbers in their place. */
DEVICE void vmd_nothing(const Args *a) {
    int count = VMD_COUNT * VMD_LEN;
    float *modes = (float *)a->at[1] + (size_t)BLOCK_X * (unsigned)count;
    for (int i = THREAD; i < count; i += THREADS) modes[i] = nanf("");
}

/* Going over a thread's coefficients, two by two, each with its number as a constant; and which coefficient it is. */
#define VMD_EACH(i, ...)                                      \
    UNROLL                                                    \
    for (int pair = 0; pair < bins; pair += 2) {              \
        if (pair < used) {                                    \
            UNROLL                                            \
            for (int i = pair; i < pair + 2; i++) __VA_ARGS__ \
        }                                                     \
    }
#define VMD_BIN(i) ((i) * THREADS + THREAD)

/* The place of a thread's first coefficient; those of many take more registers than adding takes time. */
DEVICE float vmd_place(const int bins) {
    float place = (float)THREAD;
#ifdef __CUDACC__
    if (bins > 8) asm volatile("" : "+f"(place));
#endif
    return place;
}

/* How far a coefficient is from a mode's centre, times the root of alpha. */
DEVICE float vmd_apart(float place, int i, float step, float high, float low) {
    return fmaf(place + (float)(i * THREADS), step, -high) - low;
}

/* A mode's sweep. sums: power, first moment about the centre; and change, added to what is there. */
DEVICE void vmd_update(const int bins, int used, float step, float high, float low, float *rest, float *u, float *sums) {
    float power = 0.0f, moment = 0.0f, change = sums[2], place = vmd_place(bins);
    VMD_EACH(i, {
        float apart = vmd_apart(place, i, step, high, low);
        int bin = VMD_BIN(i);
        float old = u[bin], both = rest[i] + old;
        float new_u = both * vmd_inverse(fmaf(apart, apart, 1.0f));
        float square = new_u * new_u, by = new_u - old;
        rest[i] = both - new_u;
        power += square;
        moment = fmaf(apart, square, moment);
        change = fmaf(by, by, change);
        u[bin] = new_u;
    })
    sums[0] = power;
    sums[1] = moment;
    sums[2] = change;
}

/* rest -= row. */
DEVICE void vmd_subtract(const int bins, int used, float *rest, const float *row) {
    VMD_EACH(i, { rest[i] -= row[VMD_BIN(i)]; })
}

/* The dual ascent: the multiplier, which is half the Lagrange multiplier, moves; the rest follows. */
DEVICE void vmd_ascend(const int bins, int used, float half_tau, float *rest, float *multiplier) {
    VMD_EACH(i, {
        int bin = VMD_BIN(i);
        float move = half_tau * (rest[i] + multiplier[bin]);
        multiplier[bin] -= move;
        rest[i] += move;
    })
}

/* Coefficients of a mode to its row of the output. */
DEVICE void vmd_keep(const int bins, int used, int len, const float *u, float *to) {
    VMD_EACH(i, {
        if (VMD_BIN(i) < len) to[VMD_BIN(i)] = u[VMD_BIN(i)];
    })
}

/* Sweeps over the modes. Rows, modes and then the multiplier, lie in shared memory as far as they fit, the others in the
   room of the scratch. */
DEVICE void vmd_sweeps(const int bins, const Args *a) {
    SHARED float tile[VMD_TILE];
    SHARED VmdState state;
    int len = VMD_LEN, modes = VMD_COUNT, used = VMD_USED, near_rows = a->n[3], with_multiplier = a->n[5];
    int wide = used * THREADS, rows = modes + with_multiplier;
    float step = VMD_STEP;
    float *info = (float *)a->at[0] + (size_t)BLOCK_X * (unsigned)a->n[10];
    const float *record = info + VMD_INFO;
    float *far_rows = info + VMD_INFO + len;
    if (info[2] != 0.0f) {
        vmd_nothing(a);
        vmd_report(a, &state, info, VMD_NOT_FINITE, 0);
        return;
    }
    float rest[VMD_BINS];
    VMD_EACH(i, { rest[i] = VMD_BIN(i) < len ? record[VMD_BIN(i)] : 0.0f; })
    for (int k = 0; k < rows; k++) {
        float *row = k < near_rows ? tile + k * wide : far_rows + (k - near_rows) * wide;
        for (int i = THREAD; i < wide; i += THREADS) row[i] = 0.0f;
    }
    vmd_start(a, &state, info);
    int sweeps = 0, end = VMD_MOST_SWEEPS;
    while (sweeps < a->n[4] && end == VMD_MOST_SWEEPS) {
        if (sweeps > 0 && sweeps % VMD_REFRESH == 0) {
            VMD_EACH(i, { rest[i] = VMD_BIN(i) < len ? record[VMD_BIN(i)] : 0.0f; })
            for (int k = 0; k < rows; k++) {
                if (k < near_rows) vmd_subtract(bins, used, rest, tile + k * wide);
                else vmd_subtract(bins, used, rest, far_rows + (k - near_rows) * wide);
            }
        }
        float sums[3] = {0.0f, 0.0f, 0.0f};
        for (int first = 0; first < modes; first += VMD_ROUND) {
            int count = least(VMD_ROUND, modes - first), last = first + count == modes;
            for (int i = 0; i < count; i++) {
                int k = first + i;
                float high = state.high[k], low = state.low[k];
                if (k < near_rows) vmd_update(bins, used, step, high, low, rest, tile + k * wide, sums);
                else vmd_update(bins, used, step, high, low, rest, far_rows + (k - near_rows) * wide, sums);
                state.part[2 * i][THREAD] = sums[0];
                state.part[2 * i + 1][THREAD] = sums[1];
            }
            if (last) state.part[2 * count][THREAD] = sums[2];
            vmd_recentre(a, &state, first, count, 2 * count + last, 1);
        }
        if (with_multiplier) {
            if (modes < near_rows) vmd_ascend(bins, used, a->f[1], rest, tile + modes * wide);
            else vmd_ascend(bins, used, a->f[1], rest, far_rows + (modes - near_rows) * wide);
        }
        sweeps++;
        end = state.end;
        if (a->n[9] && end == VMD_MOST_SWEEPS && vmd_moved(a, &state) <= a->f[2]) end = VMD_CONVERGED;
    }
    if (end == VMD_OUT_OF_BOUNDS) {
        vmd_nothing(a);
    } else {
        vmd_order(a, &state);
        float *output = (float *)a->at[1] + (size_t)BLOCK_X * (unsigned)(modes * len);
        for (int k = 0; k < modes; k++) {
            const float *row = k < near_rows ? tile + k * wide : far_rows + (k - near_rows) * wide;
            if (THREAD == 0) state.first[k] = row[0];
            vmd_keep(bins, used, len, row, output + state.row[k] * len);
        }
    }
    vmd_report(a, &state, info, end, sweeps);
}

/* Modes of the coefficients by sweeps, for segments of up to 8 and 16 coefficients a thread. What they take stands
   above. Blocks: segments. */
KERNEL(vmd_sweeps_8) { vmd_sweeps(8, &a); }
KERNEL(vmd_sweeps_16) { vmd_sweeps(16, &a); }

/* The weight of a mode in closed form: 1/(alpha (bin - centre)^2), kept from a division by 0. */
DEVICE float vmd_weight(float apart) {
    float square = apart * apart;
    return vmd_inverse(square > 1e-12f ? square : 1e-12f);
}

/* A pass of the fixed point: all modes at once in closed form for given centres, then the centres anew; or, where there is
   an output, the modes to their rows of it. Ends with a barrier. */
DEVICE void vmd_pass(const int bins, const Args *a, VmdState *state, const float *record, float *output) {
    int len = VMD_LEN, modes = VMD_COUNT, used = VMD_USED;
    float step = VMD_STEP, place = vmd_place(bins), scale[VMD_BINS];
    UNROLL
    for (int i = 0; i < bins; i++) scale[i] = 1.0f;
    for (int k = 0; k < modes; k++) {
        float high = state->high[k], low = state->low[k];
        VMD_EACH(i, { scale[i] += vmd_weight(vmd_apart(place, i, step, high, low)); })
    }
    VMD_EACH(i, { scale[i] = (VMD_BIN(i) < len ? record[VMD_BIN(i)] : 0.0f) * vmd_inverse(scale[i]); })
    for (int first = 0; first < modes; first += VMD_ROUND) {
        int count = least(VMD_ROUND, modes - first);
        for (int r = 0; r < count; r++) {
            int k = first + r;
            float high = state->high[k], low = state->low[k], power = 0.0f, moment = 0.0f;
            float *row = output ? output + state->row[k] * len : output;
            VMD_EACH(i, {
                float apart = vmd_apart(place, i, step, high, low);
                float u = scale[i] * vmd_weight(apart), square = u * u;
                power += square;
                moment = fmaf(apart, square, moment);
                if (output && VMD_BIN(i) < len) row[VMD_BIN(i)] = u;
                if (output && VMD_BIN(i) == 0) state->first[k] = u;
            })
            state->part[2 * r][THREAD] = power;
            state->part[2 * r + 1][THREAD] = moment;
        }
        vmd_recentre(a, state, first, count, 2 * count, !output);
    }
}

/* Passes of the fixed point until the centres rest. */
DEVICE void vmd_fixed(const int bins, const Args *a) {
    SHARED VmdState state;
    float *info = (float *)a->at[0] + (size_t)BLOCK_X * (unsigned)a->n[10];
    const float *record = info + VMD_INFO;
    if (info[2] != 0.0f) {
        vmd_nothing(a);
        vmd_report(a, &state, info, VMD_NOT_FINITE, 0);
        return;
    }
    vmd_start(a, &state, info);
    int end = VMD_MOST_SWEEPS, sweeps = 0;
    for (; sweeps < a->n[4] && end == VMD_MOST_SWEEPS; sweeps++) {
        vmd_pass(bins, a, &state, record, 0);
        if (vmd_moved(a, &state) <= a->f[2]) end = VMD_CONVERGED;
    }
    vmd_order(a, &state);
    vmd_pass(bins, a, &state, record, (float *)a->at[1] + (size_t)BLOCK_X * (unsigned)(VMD_COUNT * VMD_LEN));
    vmd_report(a, &state, info, end, sweeps);
}

/* Modes of the coefficients by the fixed point, likewise. */
KERNEL(vmd_fixed_8) { vmd_fixed(8, &a); }
KERNEL(vmd_fixed_16) { vmd_fixed(16, &a); }

/* Samples of the modes, in place of their coefficients: two real modes by one complex transform.
   at: scratch, modes. n: length, modes, pitch of scratch, number of radices, radices. Blocks: segments. */
KERNEL(vmd_samples) {
    int len = a.n[0], modes = a.n[1];
    float *info = FLOATS(0) + (size_t)BLOCK_X * (unsigned)a.n[2];
    float *z = info + VMD_INFO + len;
    float *rows = FLOATS(1) + (size_t)BLOCK_X * (unsigned)(modes * len);
    float scale = ldexpf(1.0f, (int)info[0]), part = 0.5f / (float)len, step = 0.25f / (float)len;
    for (int k = 0; k < modes; k += 2) {
        float *one = rows + k * len, *two = one + len;
        int both = k + 1 < modes;
        for (int i = THREAD; i < len; i += THREADS) {
            float re, im, turn_re, turn_im;
            vmd_turn((float)i * step, &turn_re, &turn_im);
            turn_re *= part, turn_im *= part;
            float low = one[i], high = i > 0 ? one[len - i] : 0.0f;
            re = low * turn_re - high * turn_im;
            im = -(high * turn_re + low * turn_im);
            if (both) {
                low = two[i], high = i > 0 ? two[len - i] : 0.0f;
                re += high * turn_re + low * turn_im;
                im += low * turn_re - high * turn_im;
            }
            /* Exchanged, the transform is the one back. */
            z[i] = im;
            z[len + i] = re;
        }
        const float *back = vmd_fourier(&a, 3, len, z);
        for (int i = THREAD; i < len; i += THREADS) {
            int from = i % 2 ? len - 1 - i / 2 : i / 2;
            one[i] = scale * back[len + from];
            if (both) two[i] = scale * back[from];
        }
        BARRIER();
    }
}
