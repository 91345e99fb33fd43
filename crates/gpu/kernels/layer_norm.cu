/* Norms over the channels of every position of samples [channels, positions]. */
#include "lanes.cu"

typedef struct {
    float mean, scale;
} Normal;

/* Mean and one over the deviation of a column. */
DEVICE Normal normal(const float *x, Column c, float eps) {
    float len = (float)most(c.len, 1);
    Sum sum = nothing();
    EACH_ALONG(c, l) take(&sum, x[l * c.step]);
    float mean = sum_of_lanes(sum, c.lanes) / len;
    Sum squares = nothing();
    EACH_ALONG(c, l) {
        float off = x[l * c.step] - mean;
        take(&squares, off * off);
    }
    Normal n = {mean, 1.0f / sqrtf(sum_of_lanes(squares, c.lanes) / len + eps)};
    return n;
}

/* at: x, gamma, beta, y. n: a column's (lanes.cu), from 11 on pitch of x, pitch of y. f: epsilon. */
KERNEL(layer_norm) {
    Column c = own_column(a.n);
    const float *x = INPUT(0) + begin_of(c.at, a.n[11]) + c.begin, *gamma = INPUT(1), *beta = INPUT(2);
    float *y = FLOATS(3) + begin_of(c.at, a.n[12]) + c.begin;
    Normal n = normal(x, c, a.f[0]);
    EACH_ALONG(c, l) y[l * c.step] = (x[l * c.step] - n.mean) * n.scale * gamma[l] + beta[l];
}

/* The gradient of x; keeps every column's mean and scale. at: x, dy, gamma, dx, means, scales. n: a column's, pitch of x,
   of dy, of dx, whether to add. f: epsilon. */
KERNEL(layer_norm_gradient) {
    Column c = own_column(a.n);
    const float *x = INPUT(0) + begin_of(c.at, a.n[11]) + c.begin;
    const float *dy = INPUT(1) + begin_of(c.at, a.n[12]) + c.begin, *gamma = INPUT(2);
    float *dx = FLOATS(3) + begin_of(c.at, a.n[13]) + c.begin;
    Normal n = normal(x, c, a.f[0]);
    Sum plain = nothing(), weighed = nothing();
    EACH_ALONG(c, l) {
        float g = dy[l * c.step] * gamma[l];
        take(&plain, g);
        take(&weighed, g * (x[l * c.step] - n.mean) * n.scale);
    }
    float len = (float)most(c.len, 1);
    float level = sum_of_lanes(plain, c.lanes) / len, slope = sum_of_lanes(weighed, c.lanes) / len;
    EACH_ALONG(c, l) {
        float off = (x[l * c.step] - n.mean) * n.scale;
        float *to = dx + l * c.step;
        put(to, n.scale * (dy[l * c.step] * gamma[l] - level - off * slope), a.n[14]);
    }
    if (LEADS(c)) {
        FLOATS(4)[c.index] = n.mean;
        FLOATS(5)[c.index] = n.scale;
    }
}

/* Parts of the gradients of gamma and beta. A block has a few channels, with threads along the positions, and goes over a
   few stretches of positions of the samples. at: x, dy, means, scales, parts [blocks along y, 2, channels]. n: channels,
   positions, logarithm of the threads along them, stretches of a sample, stretches in all, stretches of a block, pitch of
   x, pitch of dy. */
KERNEL(layer_norm_parts) {
    const float *x = INPUT(0), *dy = INPUT(1), *means = INPUT(2), *scales = INPUT(3);
    int channels = a.n[0], positions = a.n[1], wide = 1 << a.n[2];
    Lanes lanes = {wide, THREAD & (wide - 1), 1};
    int channel = BLOCK_X * (THREADS >> a.n[2]) + (THREAD >> a.n[2]);
    int stretch = BLOCK_Y * a.n[5], end = least(stretch + a.n[5], a.n[4]);
    int sample = stretch / a.n[3], part = stretch % a.n[3];
    Sum gamma = nothing(), beta = nothing();
    for (; stretch < end; stretch++) {
        int position = part * wide + lanes.own;
        if (channel < channels && position < positions) {
            size_t within = (size_t)channel * (unsigned)positions + (unsigned)position;
            unsigned column = (unsigned)sample * (unsigned)positions + (unsigned)position;
            float g = dy[(size_t)sample * (unsigned)a.n[7] + within];
            float off = x[(size_t)sample * (unsigned)a.n[6] + within] - means[column];
            take(&gamma, g * off * scales[column]);
            take(&beta, g);
        }
        if (++part == a.n[3]) {
            part = 0;
            sample++;
        }
    }
    float sums[2] = {sum_of_lanes(gamma, lanes), 0.0f};
    sums[1] = sum_of_lanes(beta, lanes);
    if (channel < channels && lanes.own == 0) {
        float *to = FLOATS(4) + (size_t)BLOCK_Y * 2 * (unsigned)channels + channel;
        to[0] = sums[0];
        to[channels] = sums[1];
    }
}
