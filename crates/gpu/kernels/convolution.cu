/* Convolutions of batches in two dimensions, and their gradients. */
#include "kernel.h"
#include "multiply.h"

/* What every kernel here is given. A tensor is gathered from at taps, the other numbers of the product lie in order.
   n: m, n, k of the product of a group; the length of a part of k (weight gradient) or the multiplier of the vertical stride
   (input gradient); flags and shifts; pitches of the gathered and of the other tensor; height and width of what is gathered
   from; positions, those of a row, taps, those of a row; stride, padding, dilation, two each; the multipliers of positions,
   those of a row, taps, those of a row, the horizontal stride. */
#define GATHERED_PITCH given->n[5]
#define OTHER_PITCH given->n[6]
#define HEIGHT given->n[7]
#define WIDTH given->n[8]
#define POSITIONS given->n[9]
#define ROW_POSITIONS given->n[10]
#define TAPS given->n[11]
#define ROW_TAPS given->n[12]
#define STRIDE(axis) given->n[13 + (axis)]
#define PADDING(axis) given->n[15 + (axis)]
#define DILATION(axis) given->n[17 + (axis)]
#define SHIFT(i) (given->n[4] >> 5 * (i) & 31)
#define CONVOLUTION_ADDS (given->n[4] >> 30 & 1)
#define CONVOLUTION_RELU (given->n[4] < 0)
#define POSITIONS_MULTIPLIER given->n[19]
#define BY_POSITIONS(i) divided(i, POSITIONS_MULTIPLIER, SHIFT(0))
#define BY_ROW_POSITIONS(i) divided(i, given->n[20], SHIFT(1))
#define BY_TAPS(i) divided(i, given->n[21], SHIFT(2))
#define BY_ROW_TAPS(i) divided(i, given->n[22], SHIFT(3))
#define BY_STRIDE_DOWN(i) divided(i, given->n[3], SHIFT(4))
#define BY_STRIDE_ACROSS(i) divided(i, given->n[23], SHIFT(5))
/* Where the i-th position lies in the other tensor. */
#define OTHER_PLACE(i) place_along(i, POSITIONS, POSITIONS_MULTIPLIER, SHIFT(0), 1, OTHER_PITCH)

/* A tap of a channel: where the channel begins, and how far down and to the right. One that is none lies far below. */
typedef struct { ALIGNED int at; int y, x, none; } Tap;
#define NO_TAP (1 << 29)

/* Where a sample begins, and the place of the first tap in it. One that is none lies so far above that no tap is inside. */
typedef struct { const float *from; int y, x; } Position;
#define NO_POSITION (-(1 << 30))

DEVICE Tap tap_of(const Args *given, int i, int count) {
    unsigned channel = BY_TAPS((unsigned)i), rest = (unsigned)i - channel * (unsigned)TAPS, row = BY_ROW_TAPS(rest);
    Tap tap;
    tap.at = (int)channel * HEIGHT * WIDTH;
    tap.y = i < count ? (int)row * DILATION(0) : NO_TAP;
    tap.x = (int)(rest - row * (unsigned)ROW_TAPS) * DILATION(1);
    tap.none = 0;
    return tap;
}

/* The i-th position of a batch. Backwards, of the input in the result; else of the result in the input. */
DEVICE Position position_of(const Args *given, const float *from, int i, int count, int backwards) {
    unsigned sample = BY_POSITIONS((unsigned)i), rest = (unsigned)i - sample * (unsigned)POSITIONS;
    unsigned row = BY_ROW_POSITIONS(rest);
    int y = (int)row, x = (int)(rest - row * (unsigned)ROW_POSITIONS);
    Position position;
    position.from = from + (size_t)sample * (unsigned)GATHERED_PITCH;
    position.y = backwards ? y + PADDING(0) : y * STRIDE(0) - PADDING(0);
    position.x = backwards ? x + PADDING(1) : x * STRIDE(1) - PADDING(1);
    if (i >= count) position.y = NO_POSITION;
    return position;
}

/* What lies under a tap at a position, zero outside. */
DEVICE float gathered(const Args *given, Position position, Tap tap) {
    int y = position.y + tap.y, x = position.x + tap.x;
    int inside = (unsigned)y < (unsigned)HEIGHT && (unsigned)x < (unsigned)WIDTH;
    return inside ? position.from[tap.at + y * WIDTH + x] : 0.0f;
}

/* What a position went to by a tap, zero where it went nowhere. */
DEVICE float gathered_back(const Args *given, Position position, Tap tap) {
    int y = position.y - tap.y, x = position.x - tap.x;
    int row = (int)BY_STRIDE_DOWN((unsigned)y), column = (int)BY_STRIDE_ACROSS((unsigned)x);
    int inside = (y | x) >= 0 && row * STRIDE(0) == y && column * STRIDE(1) == x && row < HEIGHT && column < WIDTH;
    return inside ? position.from[tap.at + row * WIDTH + column] : 0.0f;
}

/* y = w x (+ bias), ReLU where asked. m: outputs of a group, n: batch positions, k: channels of a group taps. Block x: tiles;
   z: groups. at: x, w, y, bias. */
#define KIND FORWARD
#define PREFIX convolution
#define RESULT                                                                                                       \
    float *const to = FLOATS(2) + group * (unsigned)m * (unsigned)POSITIONS +                                        \
                      OTHER_PLACE((unsigned)column);              \
    const float *const bias = INPUT(3) + group * (unsigned)m;                                                        \
    const float floor = floor_of(CONVOLUTION_RELU);
#define WRITE(row, value)                                                                                            \
    to[(size_t)(row) * (unsigned)POSITIONS] = raised((value) + (a.at[3] ? bias[row] : 0.0f), floor)
#include "tiles.h"
#undef KIND
#undef PREFIX
#undef RESULT
#undef WRITE

/* The gradient of x from that of y. m: channels of a group, n: batch positions of the input, k: outputs of a group taps.
   Block x: tiles; z: groups. at: dy, w, dx. */
#define KIND INPUT_GRADIENT
#define PREFIX convolution_input
#define RESULT                                                                                                       \
    float *const to = FLOATS(2) + group * (unsigned)m * (unsigned)POSITIONS +                                        \
                      OTHER_PLACE((unsigned)column);
#define WRITE(row, value) write_result(to + (size_t)(row) * (unsigned)POSITIONS, value, CONVOLUTION_ADDS)
#include "tiles.h"
#undef KIND
#undef PREFIX
#undef RESULT
#undef WRITE

/* The gradient of w, or parts of it. m: outputs of a group, n: channels of a group taps, k: batch positions. Block x: tiles;
   y: parts; z: groups. at: x, dy, dw or its parts, those of a group behind each other. */
#define KIND WEIGHT_GRADIENT
#define PREFIX convolution_weight
#define RESULT                                                                                                       \
    float *const to = FLOATS(2) +                                                                                    \
                      (group * (unsigned)((k + a.n[3] - 1) / a.n[3]) + (unsigned)BLOCK_Y) * (unsigned)m * (unsigned)n + \
                      column;
#define WRITE(row, value) write_result(to + (size_t)(row) * (unsigned)n, value, CONVOLUTION_ADDS)
#include "tiles.h"
#undef KIND
#undef PREFIX
#undef RESULT
#undef WRITE

#ifndef TF32
/* As convolution, number by number, for groups of few channels. Block x: positions; y: outputs of a group; z: groups. */
KERNEL(convolution_direct) {
    const Args *const given = &a;
    const int m = a.n[0], n = a.n[1], k = a.n[2], i = BLOCK_X * THREADS + THREAD;
    if (i >= n) return;
    const size_t group = (size_t)BLOCK_Z, output = group * (unsigned)m + (unsigned)BLOCK_Y;
    const float *w = INPUT(1) + output * (unsigned)k;
    const int channels = (int)BY_TAPS((unsigned)k), rows = (int)BY_ROW_TAPS((unsigned)TAPS);
    const size_t channel = (unsigned)HEIGHT * (unsigned)WIDTH;
    Position at = position_of(given, INPUT(0) + group * (unsigned)channels * channel, i, n, 0);
    float sum = 0.0f;
    for (int c = 0; c < channels; c++, at.from += channel) {
        for (int row = 0; row < rows; row++, w += ROW_TAPS) {
            int y = at.y + row * DILATION(0);
            if ((unsigned)y >= (unsigned)HEIGHT) continue;
            UNROLL4 for (int t = 0; t < ROW_TAPS; t++) {
                int x = at.x + t * DILATION(1);
                if ((unsigned)x < (unsigned)WIDTH) sum += w[t] * at.from[y * WIDTH + x];
            }
        }
    }
    float *y = FLOATS(2) + output * (unsigned)POSITIONS + OTHER_PLACE((unsigned)i);
    *y = raised(sum + (a.at[3] ? INPUT(3)[output] : 0.0f), floor_of(CONVOLUTION_RELU));
}

/* As convolution_input, number by number, for groups of few channels. Block x: positions; y: channels of a group; z: groups. */
KERNEL(convolution_input_direct) {
    const Args *const given = &a;
    const int m = a.n[0], n = a.n[1], k = a.n[2], i = BLOCK_X * THREADS + THREAD;
    if (i >= n) return;
    const size_t group = (size_t)BLOCK_Z, channel = group * (unsigned)m + (unsigned)BLOCK_Y;
    const float *w = INPUT(1) + (group * (unsigned)k * (unsigned)m + (unsigned)BLOCK_Y * (unsigned)TAPS);
    const int outputs = (int)BY_TAPS((unsigned)k), rows = (int)BY_ROW_TAPS((unsigned)TAPS);
    const size_t output = (unsigned)HEIGHT * (unsigned)WIDTH;
    Position at = position_of(given, INPUT(0) + group * (unsigned)outputs * output, i, n, 1);
    float sum = 0.0f;
    for (int o = 0; o < outputs; o++, at.from += output, w += (size_t)(m - 1) * (unsigned)TAPS) {
        for (int row = 0; row < rows; row++, w += ROW_TAPS) {
            UNROLL4 for (int t = 0; t < ROW_TAPS; t++) {
                const Tap tap = { 0, row * DILATION(0), t * DILATION(1), 0 };
                sum += w[t] * gathered_back(given, at, tap);
            }
        }
    }
    float *to = FLOATS(2) + channel * (unsigned)POSITIONS + OTHER_PLACE((unsigned)i);
    write_result(to, sum, CONVOLUTION_ADDS);
}

/* As convolution_weight, whole, for groups of few channels: a block for every weight. Block x: channels of a group taps;
   y: outputs of a group; z: groups. */
KERNEL(convolution_weight_direct) {
    const Args *const given = &a;
    const int m = a.n[0], n = a.n[1], k = a.n[2];
    const size_t group = (size_t)BLOCK_Z, output = group * (unsigned)m + (unsigned)BLOCK_Y;
    const float *from = INPUT(0) + group * BY_TAPS((unsigned)n) * (unsigned)(HEIGHT * WIDTH);
    const float *dy = INPUT(1) + output * (unsigned)POSITIONS;
    const Tap tap = tap_of(given, BLOCK_X, n);
    float sum = 0.0f;
    UNROLL4 for (int i = THREAD; i < k; i += THREADS) {
        float value = gathered(given, position_of(given, from, i, k, 0), tap);
        sum += value * dy[OTHER_PLACE((unsigned)i)];
    }
    double whole = block_sum(sum);
    if (THREAD == 0) write_result(FLOATS(2) + output * (unsigned)n + BLOCK_X, (float)whole, CONVOLUTION_ADDS);
}
#endif

#undef GATHERED_PITCH
#undef OTHER_PITCH
#undef HEIGHT
#undef WIDTH
#undef POSITIONS
#undef ROW_POSITIONS
#undef TAPS
#undef ROW_TAPS
#undef STRIDE
#undef PADDING
#undef DILATION
#undef SHIFT
#undef CONVOLUTION_ADDS
#undef CONVOLUTION_RELU
#undef POSITIONS_MULTIPLIER
#undef BY_POSITIONS
#undef BY_ROW_POSITIONS
#undef BY_TAPS
#undef BY_ROW_TAPS
#undef BY_STRIDE_DOWN
#undef BY_STRIDE_ACROSS
#undef OTHER_PLACE
#undef NO_TAP
#undef NO_POSITION
