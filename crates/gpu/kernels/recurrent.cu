/* One direction of a GRU (gates r, z, n) or an LSTM (i, f, g, o) that begins at 0. A block takes a sample through all
   its time: states stay in shared memory, a product with the state is shared out over rows of the weights and, where
   those are few, over parts of the other axis. */
#include "site.h"

#define STATE_UNITS 1024
#define STATE_ROWS (4 * STATE_UNITS)

DEVICE float gate_value(float x) { return 1.0f / (1.0f + expf(-x)); }
DEVICE float gate_slope(float x) { return x * (1.0f - x); }

/* sums[part, i] = the sum over j of the part of weights[j, i] values[j], for i below `wide` and j below `len`, which is
   cut into parts. */
DEVICE void state_products(float *sums, const float *weights, const float *values, int wide, int len, int parts) {
    int each = (len + parts - 1) / parts, part = 0, i = THREAD;
    for (int item = THREAD; item < wide * parts; item += THREADS, i += THREADS) {
        while (i >= wide) {
            i -= wide;
            part++;
        }
        int j = part * each, end = least(j + each, len);
        const float *from = weights + (size_t)j * (unsigned)wide + i;
        float four[4] = {0.0f, 0.0f, 0.0f, 0.0f};
        for (; j + 8 <= end; j += 8, from += 8 * (size_t)wide)
            UNROLL for (int k = 0; k < 8; k++) four[k % 4] += from[k * (size_t)wide] * values[j + k];
        for (; j < end; j++, from += wide) four[0] += *from * values[j];
        sums[item] = (four[0] + four[1]) + (four[2] + four[3]);
    }
}

DEVICE float over_parts(const float *sums, int wide, int parts, int i) {
    float sum = 0.0f;
    for (int part = 0; part < parts; part++) sum += sums[part * wide + i];
    return sum;
}

/* A block is a sample. at: given, weights [hidden, rows], bias, y, gates [batch, time, rows], inner [batch, time, hidden]:
   the state's share of a GRU's new state, an LSTM's cell. n: hidden, time, whether backwards in time, gates (3: GRU),
   parts of a product, pitch of given, pitch of y. */
KERNEL(recurrent) {
    SHARED float state[STATE_UNITS], cell[STATE_UNITS], sums[STATE_ROWS];
    int hidden = a.n[0], time = a.n[1], gates = a.n[3], rows = gates * hidden, parts = a.n[4];
    const float *given = INPUT(0) + (size_t)BLOCK_X * (unsigned)a.n[5], *bias = INPUT(2);
    float *y = FLOATS(3) + (size_t)BLOCK_X * (unsigned)a.n[6];
    for (int unit = THREAD; unit < hidden; unit += THREADS) state[unit] = cell[unit] = 0.0f;
    BARRIER();
    for (int step = 0; step < time; step++) {
        int at = a.n[2] ? time - 1 - step : step;
        float *kept_gates = FLOATS(4) + ((size_t)BLOCK_X * (unsigned)time + (unsigned)at) * (unsigned)rows;
        float *kept_inner = FLOATS(5) + ((size_t)BLOCK_X * (unsigned)time + (unsigned)at) * (unsigned)hidden;
        /* The first unit's are asked for ahead of the product, so that they do not wait for it. */
        float ahead[4];
        UNROLL for (int g = 0; g < 4; g++)
            if (THREAD < hidden && g < gates) ahead[g] = given[(unsigned)((g * hidden + THREAD) * time + at)];
        state_products(sums, INPUT(1), state, rows, hidden, parts);
        BARRIER();
        for (int unit = THREAD; unit < hidden; unit += THREADS) {
            float from[4], sum[4];
            UNROLL for (int g = 0; g < 4; g++) {
                int row = g * hidden + unit;
                if (g >= gates) continue;
                from[g] = unit == THREAD ? ahead[g] : given[(unsigned)(row * time + at)];
                sum[g] = bias[row] + over_parts(sums, rows, parts, row);
            }
            float kept, now, gate[4];
            if (gates == 3) {
                gate[0] = gate_value(from[0] + sum[0]);
                gate[1] = gate_value(from[1] + sum[1]);
                kept = sum[2];
                gate[2] = tanhf(from[2] + gate[0] * kept);
                now = gate[2] + gate[1] * (state[unit] - gate[2]);
            } else {
                gate[0] = gate_value(from[0] + sum[0]);
                gate[1] = gate_value(from[1] + sum[1]);
                gate[2] = tanhf(from[2] + sum[2]);
                gate[3] = gate_value(from[3] + sum[3]);
                kept = cell[unit] = gate[1] * cell[unit] + gate[0] * gate[2];
                now = gate[3] * tanhf(kept);
            }
            UNROLL for (int g = 0; g < 4; g++)
                if (g < gates) kept_gates[g * hidden + unit] = gate[g];
            kept_inner[unit] = kept;
            y[(unsigned)(unit * time + at)] = now;
            state[unit] = now;
        }
        BARRIER();
    }
}

/* A sample's part of what the way back starts from. */
typedef struct {
    const float *y, *dy, *gates, *inner;
    int hidden, time, count;
} StepsBack;

/* What a step had for a unit; `previous` is the state before it of a GRU, the cell before it of an LSTM. */
typedef struct {
    float dy, gate[4], inner, previous;
} Past;

DEVICE Past past_of(StepsBack s, int unit, int at, int before, int first) {
    Past p;
    p.dy = s.dy[(unsigned)(unit * s.time + at)];
    UNROLL for (int g = 0; g < 4; g++)
        p.gate[g] = g < s.count ? s.gates[(unsigned)((at * s.count + g) * s.hidden + unit)] : 0.0f;
    p.inner = s.inner[(unsigned)(at * s.hidden + unit)];
    if (first) p.previous = 0.0f;
    else if (s.count == 3) p.previous = s.y[(unsigned)(unit * s.time + before)];
    else p.previous = s.inner[(unsigned)(before * s.hidden + unit)];
    return p;
}

/* A block is a sample. at: y, dy, weights [rows, hidden], gates, inner, dgiven, sums [batch, time, rows]: gradients of the
   products with the state. n: hidden, time, whether backwards in time, gates, parts of a product, pitch of y, of dy, of
   dgiven, whether to add there. */
KERNEL(recurrent_gradient) {
    SHARED float slopes[STATE_ROWS], sums[STATE_UNITS], carried[STATE_UNITS], dcell[STATE_UNITS];
    int hidden = a.n[0], time = a.n[1], gates = a.n[3], rows = gates * hidden, parts = a.n[4];
    size_t line = (size_t)BLOCK_X * (unsigned)time;
    StepsBack own = {INPUT(0) + (size_t)BLOCK_X * (unsigned)a.n[5], INPUT(1) + (size_t)BLOCK_X * (unsigned)a.n[6],
                  INPUT(3) + line * (unsigned)rows, INPUT(4) + line * (unsigned)hidden, hidden, time, gates};
    float *through = FLOATS(6) + line * (unsigned)rows;
    float *dgiven = FLOATS(5) + (size_t)BLOCK_X * (unsigned)a.n[7];
    for (int unit = THREAD; unit < hidden; unit += THREADS) carried[unit] = dcell[unit] = 0.0f;
    for (int step = time - 1; step >= 0; step--) {
        int at = a.n[2] ? time - 1 - step : step, before = a.n[2] ? at + 1 : at - 1;
        /* The first unit's are asked for ahead of the product, so that they do not wait for it. */
        Past ahead;
        if (THREAD < hidden) ahead = past_of(own, THREAD, at, before, step == 0);
        if (step < time - 1) {
            state_products(sums, INPUT(2), slopes, hidden, rows, parts);
            BARRIER();
        }
        for (int unit = THREAD; unit < hidden; unit += THREADS) {
            Past p = unit == THREAD ? ahead : past_of(own, unit, at, before, step == 0);
            float dh = p.dy + carried[unit];
            if (step < time - 1) dh += over_parts(sums, hidden, parts, unit);
            /* Of the sums that go into the gates, and of the state's share in the last of a GRU. */
            float slope[4], share;
            if (gates == 3) {
                float reset = p.gate[0], update = p.gate[1], next = p.gate[2];
                slope[2] = dh * (1.0f - update) * (1.0f - next * next);
                slope[0] = slope[2] * p.inner * gate_slope(reset);
                slope[1] = dh * (p.previous - next) * gate_slope(update);
                share = slope[2] * reset;
                carried[unit] = dh * update;
            } else {
                float bound = tanhf(p.inner), output = p.gate[3];
                float dc = dh * output * (1.0f - bound * bound) + dcell[unit];
                slope[0] = dc * p.gate[2] * gate_slope(p.gate[0]);
                slope[1] = dc * p.previous * gate_slope(p.gate[1]);
                slope[2] = share = dc * p.gate[0] * (1.0f - p.gate[2] * p.gate[2]);
                slope[3] = dh * bound * gate_slope(output);
                dcell[unit] = dc * p.gate[1];
            }
            UNROLL for (int g = 0; g < 4; g++) {
                if (g >= gates) continue;
                int row = g * hidden + unit;
                put(dgiven + (unsigned)(row * time + at), slope[g], a.n[8]);
                slopes[row] = through[(unsigned)(at * rows + row)] = g == 2 ? share : slope[g];
            }
        }
        BARRIER();
    }
}

#define PARTS_TILE 64
#define PARTS_DEEP 16

/* Parts of the gradients of weights and bias: a block has PARTS_TILE rows and columns of the weights and goes over a few
   stretches of PARTS_DEEP times of the samples. Blocks: rows, columns, parts. at: sums [batch, time, rows], y, parts
   [parts, rows (hidden + 1)], the bias behind the weights. n: hidden, time, whether backwards in time, rows, stretches of a
   sample, stretches in all, stretches of a part, pitch of y. */
KERNEL(recurrent_parts) {
    SHARED float slopes[PARTS_DEEP][PARTS_TILE], states[PARTS_DEEP][PARTS_TILE + 1];
    const float *sums = INPUT(0), *y = INPUT(1);
    int hidden = a.n[0], time = a.n[1], rows = a.n[3];
    int row = BLOCK_X * PARTS_TILE, unit = BLOCK_Y * PARTS_TILE, shift = a.n[2] ? 1 : -1;
    int stretch = BLOCK_Z * a.n[6], end = least(stretch + a.n[6], a.n[5]);
    int sample = stretch / a.n[4], part = stretch % a.n[4];
    int across = THREAD & 15, down = THREAD >> 4;
    float own[4][4], bias = 0.0f;
    UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++) own[i][j] = 0.0f;
    for (; stretch < end; stretch++) {
        int first = part * PARTS_DEEP;
        UNROLL for (int i = 0; i < 4; i++) {
            int r = THREAD & 63, t = (THREAD >> 6) + 4 * i;
            int is = first + t < time && row + r < rows;
            size_t line = (size_t)sample * (unsigned)time + (unsigned)(first + t);
            slopes[t][r] = is ? sums[line * (unsigned)rows + (unsigned)(row + r)] : 0.0f;
            int u = down + 16 * i, before = first + across + shift;
            is = unit + u < hidden && before >= 0 && before < time;
            size_t from = (size_t)sample * (unsigned)a.n[7] + (size_t)(unit + u) * (unsigned)time;
            states[across][u] = is ? y[from + (unsigned)before] : 0.0f;
        }
        BARRIER();
        UNROLL for (int t = 0; t < PARTS_DEEP; t++) {
            float slope[4], state[4];
            UNROLL for (int i = 0; i < 4; i++) {
                slope[i] = slopes[t][down + 16 * i];
                state[i] = states[t][across + 16 * i];
            }
            UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++) own[i][j] += slope[i] * state[j];
        }
        if (THREAD < PARTS_TILE)
            for (int t = 0; t < PARTS_DEEP; t++) bias += slopes[t][THREAD];
        BARRIER();
        if (++part == a.n[4]) {
            part = 0;
            sample++;
        }
    }
    float *to = FLOATS(2) + (size_t)BLOCK_Z * (unsigned)rows * (unsigned)(hidden + 1);
    UNROLL for (int i = 0; i < 4; i++) {
        int r = row + down + 16 * i;
        UNROLL for (int j = 0; j < 4; j++) {
            int u = unit + across + 16 * j;
            if (r < rows && u < hidden) to[(size_t)r * (unsigned)hidden + (unsigned)u] = own[i][j];
        }
    }
    if (BLOCK_Y == 0 && THREAD < PARTS_TILE && row + THREAD < rows)
        to[(size_t)rows * (unsigned)hidden + (unsigned)(row + THREAD)] = bias;
}
