/* Numbers one by one: filling, functions of them. */
#include "kernel.h"

/* y = f[0]. at: y. n: count of all, numbers of a sample, pitch of y. */
KERNEL(fill) {
    float *y = FLOATS(0);
    unsigned row = (unsigned)a.n[1];
    FOR_EACH(i, a.n[0]) y[(size_t)(i / row) * (unsigned)a.n[2] + i % row] = a.f[0];
}

/* 1 / (1 + e^-x); the exponential never overflows. */
DEVICE float logistic(float x) {
    float e = expf(-fabsf(x));
    return (x >= 0.0f ? 1.0f : e) / (1.0f + e);
}
/* 0 to 6; NaN passes. */
DEVICE float clamped(float x) {
    x = x < 0.0f ? 0.0f : x;
    return x > 6.0f ? 6.0f : x;
}
/* What stands in the tangent of GELU's approximation, and its slope. */
DEVICE float bent(float x) { return 0.7978845608f * (x + 0.044715f * x * x * x); }
DEVICE float bent_slope(float x) { return 0.7978845608f * (1.0f + 3.0f * 0.044715f * x * x); }
/* Share of a normal distribution below x, exact far below 0 too. */
DEVICE float below(float x) { return 0.5f * erfcf(x * -0.7071067812f); }

/* The functions, in the order of Function in src/element.rs. */
enum {
    RELU, SIGMOID, TANH, GELU, HARD_SIGMOID, HARD_SWISH, GELU_TANH, SILU, RELU6, SOFTPLUS, LOG_SIGMOID, ELU, LEAKY_RELU,
    ABS, SQUARE, SQRT, RECIPROCAL, AFFINE
};

DEVICE float value_of(int function, float x, float scale, float shift) {
    switch (function) {
    case RELU: return x <= 0.0f ? 0.0f : x;
    case SIGMOID: return logistic(x);
    case TANH: return tanhf(x);
    case GELU: return x * below(x);
    case HARD_SIGMOID: return clamped(x + 3.0f) / 6.0f;
    case HARD_SWISH: return x * clamped(x + 3.0f) / 6.0f;
    case GELU_TANH: return x * logistic(2.0f * bent(x));
    case SILU: return x * logistic(x);
    case RELU6: return clamped(x);
    case SOFTPLUS: return (x < 0.0f ? 0.0f : x) + log1pf(expf(-fabsf(x)));
    case LOG_SIGMOID: return (x > 0.0f ? 0.0f : x) - log1pf(expf(-fabsf(x)));
    case ELU: return x > 0.0f ? x : expm1f(x);
    case LEAKY_RELU: return x <= 0.0f ? x * scale : x;
    case ABS: return fabsf(x);
    case SQUARE: return x * x;
    case SQRT: return sqrtf(x);
    case RECIPROCAL: return 1.0f / x;
    default: return x * scale + shift;
    }
}

DEVICE float slope_of(int function, float x, float y, float scale) {
    float s;
    switch (function) {
    case RELU: return x <= 0.0f ? 0.0f : 1.0f;
    case SIGMOID: return y * (1.0f - y);
    case TANH: return 1.0f - y * y;
    case GELU: return below(x) + x * (expf(-0.5f * x * x) * 0.3989422804f);
    case HARD_SIGMOID: return x > -3.0f && x < 3.0f ? 1.0f / 6.0f : 0.0f;
    case HARD_SWISH: return x <= -3.0f ? 0.0f : x < 3.0f ? x / 3.0f + 0.5f : 1.0f;
    case GELU_TANH:
        s = logistic(2.0f * bent(x));
        return s + 2.0f * x * s * logistic(-2.0f * bent(x)) * bent_slope(x);
    case SILU: return logistic(x) * (1.0f + x * logistic(-x));
    case RELU6: return x > 0.0f && x < 6.0f ? 1.0f : 0.0f;
    case SOFTPLUS: return logistic(x);
    case LOG_SIGMOID: return logistic(-x);
    case ELU: return x > 0.0f ? 1.0f : expf(x);
    case LEAKY_RELU: return x <= 0.0f ? scale : 1.0f;
    case ABS: return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f;
    case SQUARE: return x + x;
    case SQRT: return 0.5f / y;
    case RECIPROCAL: return -y * y;
    default: return scale;
    }
}

/* y = the function of x. at: x, y. n: count of all, numbers of a sample (the number, its factor, its shift), pitches of x
   and y, function. f: its numbers. */
KERNEL(function) {
    const float *x = INPUT(0);
    float *y = FLOATS(1);
    float given[NUMBERS];
    UNROLL
    for (int k = 0; k < NUMBERS; k++) {
        unsigned i = number_at(k);
        given[k] = i < (unsigned)a.n[0] ? x[placed(spot(i, a.n[1], a.n[2], a.n[3]), a.n[4])] : 0.0f;
    }
    UNROLL
    for (int k = 0; k < NUMBERS; k++) {
        unsigned i = number_at(k);
        if (i < (unsigned)a.n[0])
            y[placed(spot(i, a.n[1], a.n[2], a.n[3]), a.n[5])] = value_of(a.n[6], given[k], a.f[0], a.f[1]);
    }
}

/* dx = dy times the slope, in place of what is there or added to it. at: x, y, dy, dx. n: count of all, numbers of a
   sample (three), pitches of x, y, dy and dx, function, whether to add. f: the function's numbers. */
KERNEL(function_gradient) {
    const float *x = INPUT(0), *y = INPUT(1), *dy = INPUT(2);
    float *dx = FLOATS(3);
    float xs[NUMBERS], ys[NUMBERS], slopes[NUMBERS], old[NUMBERS];
    UNROLL
    for (int k = 0; k < NUMBERS; k++) {
        unsigned i = number_at(k);
        xs[k] = ys[k] = slopes[k] = old[k] = 0.0f;
        if (i < (unsigned)a.n[0]) {
            Spot s = spot(i, a.n[1], a.n[2], a.n[3]);
            xs[k] = x[placed(s, a.n[4])];
            ys[k] = y[placed(s, a.n[5])];
            slopes[k] = dy[placed(s, a.n[6])];
            if (a.n[9]) old[k] = dx[placed(s, a.n[7])];
        }
    }
    UNROLL
    for (int k = 0; k < NUMBERS; k++) {
        unsigned i = number_at(k);
        if (i < (unsigned)a.n[0]) {
            float slope = slope_of(a.n[8], xs[k], ys[k], a.f[0]);
            dx[placed(spot(i, a.n[1], a.n[2], a.n[3]), a.n[7])] = old[k] + slopes[k] * slope;
        }
    }
}
