/* Batch norm: statistics of channels, the way through and back. */
#include "kernel.h"

/* The sum over the threads that stand `lanes` apart (a power of two), for the first `lanes` threads. Ends with a
   barrier. */
DEVICE double sum_apart(double value, int lanes) {
    SHARED double sums[THREADS];
    sums[THREAD] = value;
    BARRIER();
    for (int half = THREADS / 2; half >= lanes; half /= 2) {
        if (THREAD < half) sums[THREAD] += sums[THREAD + half];
        BARRIER();
    }
    double sum = sums[THREAD];
    BARRIER();
    return sum;
}

/* The numbers that one thread takes of a part of a column: positions p of samples b. A column is all positions of a
   channel, and the block is one column's; or it is one position of a channel, and the threads stand along 32 of them, so
   that they read one after the other where channels have few positions. */
typedef struct {
    int column, columns, channel, lanes;
    size_t base;
    int p, p_first, p_end, p_step, b, b_end, b_step;
} Walk;

/* n: samples, columns, positions of a channel, whether a column is one position, threads along positions, samples of a
   part, positions of a part, parts along positions. Blocks: columns, parts. */
DEVICE Walk walk(const int samples, const int columns, const int positions, const int single, const int along,
                 const int part_samples, const int part_positions, const int parts_along) {
    Walk w;
    int part = BLOCK_Y / parts_along, b = part * part_samples;
    w.columns = columns;
    w.b_end = least(samples, b + part_samples);
    if (single) {
        w.lanes = 32;
        w.column = BLOCK_X * 32 + THREAD % 32;
        w.base = (size_t)w.column;
        w.p = w.p_first = 0;
        w.p_end = w.p_step = 1;
        w.b = w.column < columns ? b + THREAD / 32 : w.b_end;
        w.b_step = THREADS / 32;
        w.channel = w.column < columns ? w.column / positions : 0;
    } else {
        int first = (BLOCK_Y - part * parts_along) * part_positions;
        w.lanes = 1;
        w.column = w.channel = BLOCK_X;
        w.base = (size_t)w.column * (unsigned)positions;
        w.p = w.p_first = first + THREAD % along;
        w.p_end = least(positions, first + part_positions);
        w.p_step = along;
        w.b = w.p < w.p_end ? b + THREAD / along : w.b_end;
        w.b_step = THREADS / along;
    }
    return w;
}
#define WALK walk(a.n[0], a.n[1], a.n[2], a.n[3], a.n[4], a.n[5], a.n[6], a.n[7])
DEVICE void step(Walk *w) {
    w->p += w->p_step;
    if (w->p >= w->p_end) {
        w->p = w->p_first;
        w->b += w->b_step;
    }
}
DEVICE size_t walked(const Walk *w, int pitch) {
    return (size_t)w->b * (unsigned)pitch + w->base + (unsigned)w->p;
}

/* Two sums of a part of a column, for the kernels that gather the parts. */
DEVICE void keep_part(double *parts, const Walk *w, double first, double second) {
    double one = sum_apart(first, w->lanes), two = sum_apart(second, w->lanes);
    if (THREAD < w->lanes && w->column < w->columns) {
        size_t at = ((size_t)BLOCK_Y * (unsigned)w->columns + (unsigned)w->column) * 2;
        parts[at] = one;
        parts[at + 1] = two;
    }
}

/* Numbers in flight of a thread, summed in single precision before they go to the double sum. */
#define FLIGHT 8

/* Sums of x and of its square, both less the first number of the channel, over parts of columns. Few numbers at a time
   are taken less the first of them: nothing cancels, wherever the numbers lie. at: x, parts. n: the eight of a walk,
   pitch of x. */
KERNEL(channel_moments) {
    const float *x = INPUT(0);
    Walk w = WALK;
    double about = (double)x[(size_t)w.channel * (unsigned)a.n[2]];
    double first = 0.0, second = 0.0;
    while (w.b < w.b_end) {
        float given[FLIGHT];
        int count = 0;
        UNROLL
        for (int k = 0; k < FLIGHT; k++) {
            int there = w.b < w.b_end;
            given[k] = there ? x[walked(&w, a.n[8])] : 0.0f;
            count += there;
            step(&w);
        }
        float one = 0.0f, two = 0.0f;
        UNROLL
        for (int k = 1; k < FLIGHT; k++) {
            float rest = k < count ? given[k] - given[0] : 0.0f;
            one += rest;
            two += rest * rest;
        }
        double apart = (double)given[0] - about, many = (double)count;
        first += (double)one + many * apart;
        second += (double)two + apart * (2.0 * (double)one + many * apart);
    }
    keep_part((double *)a.at[1], &w, first, second);
}

/* (x - mean) * scale + shift of a channel. */
typedef struct {
    float mean, scale, shift;
} Line;
DEVICE float deviation_of(float variance, float eps) { return 1.0f / sqrtf(variance + eps); }
DEVICE float on_line(float x, float mean, float scale, float shift) { return fmaf(x - mean, scale, shift); }

/* Sums of dy and of dy (x - mean) over parts of columns, of what of dy passes the ReLU behind. at: x, dy, mean, variance,
   gamma, beta, parts. Without x the second sum is 0. n: the eight of a walk, pitches of x and dy, whether there is a ReLU.
   f: eps. */
KERNEL(channel_slopes) {
    const float *x = INPUT(0), *dy = INPUT(1);
    Walk w = WALK;
    int c = w.channel;
    float mean = 0.0f, scale = 0.0f, shift = 0.0f;
    if (x) mean = INPUT(2)[c];
    if (a.n[10]) {
        scale = INPUT(4)[c] * deviation_of(INPUT(3)[c], a.f[0]);
        shift = INPUT(5)[c];
    }
    double first = 0.0, second = 0.0;
    while (w.b < w.b_end) {
        float xs[FLIGHT], slopes[FLIGHT];
        UNROLL
        for (int k = 0; k < FLIGHT; k++) {
            int there = w.b < w.b_end;
            slopes[k] = there ? dy[walked(&w, a.n[9])] : 0.0f;
            xs[k] = there && x ? x[walked(&w, a.n[8])] : mean;
            step(&w);
        }
        float one = 0.0f, two = 0.0f;
        UNROLL
        for (int k = 0; k < FLIGHT; k++) {
            float slope = a.n[10] && on_line(xs[k], mean, scale, shift) <= 0.0f ? 0.0f : slopes[k];
            one += slope;
            two += slope * (xs[k] - mean);
        }
        first += (double)one;
        second += (double)two;
    }
    keep_part((double *)a.at[6], &w, first, second);
}

/* Eight channels a block gather their parts: the two sums of channel BLOCK_X * 8 + c are known to threads 32 c to
   32 c + 31. */
typedef struct {
    double first, second;
} Pair;
DEVICE Pair gathered(const double *parts, int channels, int columns, int of_channel, int splits) {
    SHARED double sums[2][THREADS];
    int channel = BLOCK_X * (THREADS / 32) + THREAD / 32;
    double first = 0.0, second = 0.0;
    if (channel < channels)
        for (int i = THREAD % 32; i < splits * of_channel; i += 32) {
            int split = i / of_channel;
            const double *part = parts + ((size_t)split * (unsigned)columns + (unsigned)(channel * of_channel) +
                                          (unsigned)(i - split * of_channel)) * 2;
            first += part[0];
            second += part[1];
        }
    sums[0][THREAD] = first;
    sums[1][THREAD] = second;
    BARRIER();
    for (int half = 16; half > 0; half /= 2) {
        if (THREAD % 32 < half) {
            sums[0][THREAD] += sums[0][THREAD + half];
            sums[1][THREAD] += sums[1][THREAD + half];
        }
        BARRIER();
    }
    Pair pair;
    pair.first = sums[0][THREAD / 32 * 32];
    pair.second = sums[1][THREAD / 32 * 32];
    return pair;
}

/* Mean and biased variance of every channel from its parts. at: x, parts, mean, variance. n: channels, columns, columns of
   a channel, parts, numbers of a channel, positions. */
KERNEL(channel_statistics) {
    Pair sums = gathered((const double *)a.at[1], a.n[0], a.n[1], a.n[2], a.n[3]);
    int channel = BLOCK_X * (THREADS / 32) + THREAD / 32;
    if (THREAD % 32 == 0 && channel < a.n[0]) {
        double shift = sums.first / a.n[4], variance = sums.second / a.n[4] - shift * shift;
        FLOATS(2)[channel] = (float)((double)INPUT(0)[(size_t)channel * (unsigned)a.n[5]] + shift);
        FLOATS(3)[channel] = (float)(variance < 0.0 ? 0.0 : variance);
    }
}

/* The sums of every channel from its parts: the gradients of beta and gamma, and both sums in double for the gradient of
   the input. Each is left out where there is no place for it. at: parts, variance, gradients of beta and gamma, sums. n:
   channels, columns, columns of a channel, parts, whether to add to the gradients. f: eps. */
KERNEL(channel_totals) {
    Pair sums = gathered((const double *)a.at[0], a.n[0], a.n[1], a.n[2], a.n[3]);
    int channel = BLOCK_X * (THREADS / 32) + THREAD / 32;
    float *dbeta = FLOATS(2), *dgamma = FLOATS(3);
    double *kept = (double *)a.at[4];
    if (THREAD % 32 == 0 && channel < a.n[0]) {
        if (dbeta) dbeta[channel] = fill_or_add(a.n[4], dbeta[channel], (float)sums.first);
        if (dgamma) {
            float slope = (float)(sums.second / sqrt((double)INPUT(1)[channel] + (double)a.f[0]));
            dgamma[channel] = fill_or_add(a.n[4], dgamma[channel], slope);
        }
        if (kept) {
            kept[2 * channel] = sums.first;
            kept[2 * channel + 1] = sums.second;
        }
    }
}

/* Running statistics move towards those of a batch. at: mean, variance, running mean, running variance, share. n:
   channels. f: what makes the variance unbiased. */
KERNEL(norm_follow) {
    float *means = FLOATS(2), *variances = FLOATS(3);
    float share = INPUT(4)[0];
    FOR_EACH(c, a.n[0]) {
        means[c] = (1.0f - share) * means[c] + share * INPUT(0)[c];
        variances[c] = (1.0f - share) * variances[c] + share * (INPUT(1)[c] * a.f[0]);
    }
}

/* Numbers of a sample that a block takes, of several samples one after the other: the channels among them are at most as
   many. */
#define STRETCH (NUMBERS * THREADS)

/* y = gamma (x - mean) / sqrt(variance + eps) + beta, then ReLU. at: x, mean, variance, gamma, beta, y. n: samples, numbers
   of a sample, positions of a channel (three), pitches of x and y, whether there is a ReLU, samples of a block. f: eps.
   Blocks: stretches, samples. */
KERNEL(norm_forward) {
    SHARED float means[STRETCH], scales[STRETCH], shifts[STRETCH];
    const float *x = INPUT(0);
    float *y = FLOATS(5);
    unsigned count = (unsigned)a.n[1], begin = (unsigned)BLOCK_X * STRETCH;
    unsigned end = begin + STRETCH < count ? begin + STRETCH : count;
    unsigned first = divided(begin, a.n[3], a.n[4]), last = divided(end - 1, a.n[3], a.n[4]);
    for (unsigned c = first + (unsigned)THREAD; c <= last; c += THREADS) {
        means[c - first] = INPUT(1)[c];
        scales[c - first] = INPUT(3)[c] * deviation_of(INPUT(2)[c], a.f[0]);
        shifts[c - first] = INPUT(4)[c];
    }
    BARRIER();
    Line lines[NUMBERS];
    UNROLL
    for (int k = 0; k < NUMBERS; k++) {
        unsigned i = number_at(k);
        unsigned c = i < end ? divided(i, a.n[3], a.n[4]) - first : 0;
        lines[k].mean = means[c];
        lines[k].scale = scales[c];
        lines[k].shift = shifts[c];
    }
    int b_end = least(a.n[0], (BLOCK_Y + 1) * a.n[8]);
    for (int b = BLOCK_Y * a.n[8]; b < b_end; b++) {
        const float *from = x + (size_t)b * (unsigned)a.n[5];
        float *to = y + (size_t)b * (unsigned)a.n[6];
        float given[NUMBERS];
        UNROLL
        for (int k = 0; k < NUMBERS; k++) given[k] = number_at(k) < end ? from[number_at(k)] : 0.0f;
        UNROLL
        for (int k = 0; k < NUMBERS; k++) {
            float value = on_line(given[k], lines[k].mean, lines[k].scale, lines[k].shift);
            if (a.n[7] && value <= 0.0f) value = 0.0f;
            if (number_at(k) < end) to[number_at(k)] = value;
        }
    }
}

/* dx = scale dy + b (x - mean) + c of what of dy passes the ReLU, in place of what is there or added to it. at: x, dy,
   mean, variance, gamma, beta, dx, both sums of every channel (without them b and c are 0). n: samples, numbers of a sample,
   positions of a channel (three), pitches of x, dy and dx, whether there is a ReLU, samples of a block, whether to add,
   numbers of a channel. f: eps. Blocks: stretches, samples. */
KERNEL(norm_gradient) {
    SHARED float means[STRETCH], scales[STRETCH], shifts[STRETCH], slopes[STRETCH], rests[STRETCH];
    const float *x = INPUT(0), *dy = INPUT(1);
    const double *sums = (const double *)a.at[7];
    float *dx = FLOATS(6);
    unsigned count = (unsigned)a.n[1], begin = (unsigned)BLOCK_X * STRETCH;
    unsigned end = begin + STRETCH < count ? begin + STRETCH : count;
    unsigned first = divided(begin, a.n[3], a.n[4]), last = divided(end - 1, a.n[3], a.n[4]);
    for (unsigned c = first + (unsigned)THREAD; c <= last; c += THREADS) {
        float deviation = deviation_of(INPUT(3)[c], a.f[0]), scale = INPUT(4)[c] * deviation;
        means[c - first] = INPUT(2)[c];
        scales[c - first] = scale;
        shifts[c - first] = INPUT(5)[c];
        slopes[c - first] = rests[c - first] = 0.0f;
        if (sums) {
            slopes[c - first] = -scale * deviation * deviation * (float)(sums[2 * c + 1] / a.n[11]);
            rests[c - first] = -scale * (float)(sums[2 * c] / a.n[11]);
        }
    }
    BARRIER();
    unsigned channels[NUMBERS];
    UNROLL
    for (int k = 0; k < NUMBERS; k++) {
        unsigned i = number_at(k);
        channels[k] = i < end ? divided(i, a.n[3], a.n[4]) - first : 0;
    }
    int b_end = least(a.n[0], (BLOCK_Y + 1) * a.n[9]);
    for (int b = BLOCK_Y * a.n[9]; b < b_end; b++) {
        float *to = dx + (size_t)b * (unsigned)a.n[7];
        float xs[NUMBERS], given[NUMBERS], old[NUMBERS];
        UNROLL
        for (int k = 0; k < NUMBERS; k++) {
            unsigned i = number_at(k);
            xs[k] = given[k] = old[k] = 0.0f;
            if (i < end) {
                xs[k] = x[(size_t)b * (unsigned)a.n[5] + i];
                given[k] = dy[(size_t)b * (unsigned)a.n[6] + i];
                if (a.n[10]) old[k] = to[i];
            }
        }
        UNROLL
        for (int k = 0; k < NUMBERS; k++) {
            unsigned c = channels[k];
            int shut = a.n[8] && on_line(xs[k], means[c], scales[c], shifts[c]) <= 0.0f;
            float slope = scales[c] * (shut ? 0.0f : given[k]) + slopes[c] * (xs[k] - means[c]) + rests[c];
            if (number_at(k) < end) to[number_at(k)] = old[k] + slope;
        }
    }
}
