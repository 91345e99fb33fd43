/* One direction of a GRU (gates r, z, n) or an LSTM (i, f, g, o) that begins at 0. A block takes a sample through all its
   time: states stay in shared memory, a product with the state is shared out over rows of the weights and, where those
   are few, over parts of the other axis. */
#include "spot.cu"

#define UNITS 1024
#define ROWS (4 * UNITS)
/* Units of a thread. */
#define OWN (UNITS / THREADS)

DEVICE float logistic(float x) { return 1.0f / (1.0f + expf(-x)); }
DEVICE float bent(float x) { return x * (1.0f - x); }

/* sums[part, i] = the sum over j of the part of weights[j, i] values[j], for i below `wide` and j below `len`, which is
   cut into parts. */
DEVICE void products(float *sums, const float *weights, const float *values, int wide, int len, int parts) {
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

/* Rows become columns: y [columns, rows] of x [rows, columns], blocks of 32 x 32. at: x, y. n: rows, columns. */
KERNEL(transposed) {
    SHARED float tile[32][33];
    const float *x = INPUT(0);
    float *y = FLOATS(1);
    int own = THREAD & 31, line = THREAD >> 5;
    int row = BLOCK_Y * 32, column = BLOCK_X * 32;
    for (int i = line; i < 32; i += THREADS / 32)
        if (row + i < a.n[0] && column + own < a.n[1])
            tile[i][own] = x[(size_t)(row + i) * (unsigned)a.n[1] + (unsigned)(column + own)];
    BARRIER();
    for (int i = line; i < 32; i += THREADS / 32)
        if (column + i < a.n[1] && row + own < a.n[0])
            y[(size_t)(column + i) * (unsigned)a.n[0] + (unsigned)(row + own)] = tile[own][i];
}

/* A block is a sample. at: given, weights [hidden, rows], bias, y, gates [batch, time, rows], inner [batch, time, hidden]:
   the state's share of a GRU's new state, an LSTM's cell. n: hidden, time, whether backwards in time, gates (3: GRU),
   parts of a product, pitch of given, pitch of y. */
KERNEL(recurrent) {
    SHARED float state[UNITS], sums[ROWS];
    int hidden = a.n[0], time = a.n[1], gates = a.n[3], rows = gates * hidden, parts = a.n[4];
    const float *given = INPUT(0) + (size_t)BLOCK_X * (unsigned)a.n[5], *bias = INPUT(2);
    float *y = FLOATS(3) + (size_t)BLOCK_X * (unsigned)a.n[6];
    float cell[OWN];
    UNROLL for (int m = 0; m < OWN; m++) {
        state[THREAD + m * THREADS] = 0.0f;
        cell[m] = 0.0f;
    }
    BARRIER();
    for (int step = 0; step < time; step++) {
        int at = a.n[2] ? time - 1 - step : step;
        float *kept_gates = FLOATS(4) + ((size_t)BLOCK_X * (unsigned)time + (unsigned)at) * (unsigned)rows;
        float *kept_inner = FLOATS(5) + ((size_t)BLOCK_X * (unsigned)time + (unsigned)at) * (unsigned)hidden;
        /* Asked for ahead of the product, so that it does not wait for them. */
        float from[OWN][4];
        UNROLL for (int m = 0; m < OWN; m++) {
            int unit = THREAD + m * THREADS;
            UNROLL for (int g = 0; g < 4; g++)
                if (unit < hidden && g < gates) from[m][g] = given[(unsigned)((g * hidden + unit) * time + at)];
        }
        products(sums, INPUT(1), state, rows, hidden, parts);
        BARRIER();
        UNROLL for (int m = 0; m < OWN; m++) {
            int unit = THREAD + m * THREADS;
            if (unit >= hidden) continue;
            float sum[4];
            UNROLL for (int g = 0; g < 4; g++) {
                int row = g * hidden + unit;
                if (g < gates) sum[g] = bias[row] + over_parts(sums, rows, parts, row);
            }
            float kept, now;
            float gate[4];
            if (gates == 3) {
                gate[0] = logistic(from[m][0] + sum[0]);
                gate[1] = logistic(from[m][1] + sum[1]);
                kept = sum[2];
                gate[2] = tanhf(from[m][2] + gate[0] * kept);
                now = gate[2] + gate[1] * (state[unit] - gate[2]);
            } else {
                gate[0] = logistic(from[m][0] + sum[0]);
                gate[1] = logistic(from[m][1] + sum[1]);
                gate[2] = tanhf(from[m][2] + sum[2]);
                gate[3] = logistic(from[m][3] + sum[3]);
                kept = cell[m] = gate[1] * cell[m] + gate[0] * gate[2];
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

/* A block is a sample. at: y, dy, weights [rows, hidden], gates, inner, dgiven, sums [batch, time, rows]: gradients of the
   products with the state. n: hidden, time, whether backwards in time, gates, parts of a product, pitch of y, of dy, of
   dgiven, whether to add there. */
KERNEL(recurrent_gradient) {
    SHARED float slopes[ROWS], sums[UNITS];
    int hidden = a.n[0], time = a.n[1], gates = a.n[3], rows = gates * hidden, parts = a.n[4];
    const float *y = INPUT(0) + (size_t)BLOCK_X * (unsigned)a.n[5];
    const float *dy = INPUT(1) + (size_t)BLOCK_X * (unsigned)a.n[6];
    float *dgiven = FLOATS(5) + (size_t)BLOCK_X * (unsigned)a.n[7];
    float carried[OWN], dcell[OWN];
    UNROLL for (int m = 0; m < OWN; m++) carried[m] = dcell[m] = 0.0f;
    for (int step = time - 1; step >= 0; step--) {
        int at = a.n[2] ? time - 1 - step : step, before = a.n[2] ? at + 1 : at - 1;
        size_t line = (size_t)BLOCK_X * (unsigned)time + (unsigned)at;
        size_t earlier = (size_t)BLOCK_X * (unsigned)time + (unsigned)before;
        /* Asked for ahead of the product, so that it does not wait for them. */
        float from[OWN], gate[OWN][4], inner[OWN], previous[OWN];
        UNROLL for (int m = 0; m < OWN; m++) {
            int unit = THREAD + m * THREADS;
            if (unit >= hidden) continue;
            from[m] = dy[(unsigned)(unit * time + at)];
            UNROLL for (int g = 0; g < 4; g++)
                if (g < gates) gate[m][g] = INPUT(3)[line * (unsigned)rows + (unsigned)(g * hidden + unit)];
            inner[m] = INPUT(4)[line * (unsigned)hidden + (unsigned)unit];
            if (step == 0) previous[m] = 0.0f;
            else if (gates == 3) previous[m] = y[(unsigned)(unit * time + before)];
            else previous[m] = INPUT(4)[earlier * (unsigned)hidden + (unsigned)unit];
        }
        if (step < time - 1) {
            products(sums, INPUT(2), slopes, hidden, rows, parts);
            BARRIER();
        }
        UNROLL for (int m = 0; m < OWN; m++) {
            int unit = THREAD + m * THREADS;
            if (unit >= hidden) continue;
            float dh = from[m] + carried[m];
            if (step < time - 1) dh += over_parts(sums, hidden, parts, unit);
            /* Of the sums that go into the gates, and of the state's share in the last of a GRU. */
            float slope[4], share;
            if (gates == 3) {
                float reset = gate[m][0], update = gate[m][1], next = gate[m][2];
                slope[2] = dh * (1.0f - update) * (1.0f - next * next);
                slope[0] = slope[2] * inner[m] * bent(reset);
                slope[1] = dh * (previous[m] - next) * bent(update);
                share = slope[2] * reset;
                carried[m] = dh * update;
            } else {
                float bound = tanhf(inner[m]), output = gate[m][3];
                float dc = dh * output * (1.0f - bound * bound) + dcell[m];
                slope[0] = dc * gate[m][2] * bent(gate[m][0]);
                slope[1] = dc * previous[m] * bent(gate[m][1]);
                slope[2] = share = dc * gate[m][0] * (1.0f - gate[m][2] * gate[m][2]);
                slope[3] = dh * bound * bent(output);
                dcell[m] = dc * gate[m][1];
            }
            UNROLL for (int g = 0; g < 4; g++) {
                if (g >= gates) continue;
                int row = g * hidden + unit;
                float through = g == 2 ? share : slope[g];
                put(dgiven + (unsigned)(row * time + at), slope[g], a.n[8]);
                slopes[row] = through;
                FLOATS(6)[line * (unsigned)rows + (unsigned)row] = through;
            }
        }
        BARRIER();
    }
}

#define TILE 64
#define DEEP 16

/* Parts of the gradients of weights and bias: a block has TILE rows of the weights and TILE of their columns, and goes over
   a few stretches of DEEP times of the samples. Blocks: rows, columns, parts. at: sums [batch, time, rows], y, parts
   [parts, rows (hidden + 1)], the bias behind the weights. n: hidden, time, whether backwards in time, rows, stretches of a
   sample, stretches in all, stretches of a part, pitch of y. */
KERNEL(recurrent_parts) {
    SHARED float slopes[DEEP][TILE], states[DEEP][TILE + 1];
    const float *sums = INPUT(0), *y = INPUT(1);
    int hidden = a.n[0], time = a.n[1], rows = a.n[3];
    int row = BLOCK_X * TILE, unit = BLOCK_Y * TILE, shift = a.n[2] ? 1 : -1;
    int stretch = BLOCK_Z * a.n[6], end = least(stretch + a.n[6], a.n[5]);
    int sample = stretch / a.n[4], part = stretch % a.n[4];
    int across = THREAD & 15, down = THREAD >> 4;
    float own[4][4], bias = 0.0f;
    UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++) own[i][j] = 0.0f;
    for (; stretch < end; stretch++) {
        int first = part * DEEP;
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
        UNROLL for (int t = 0; t < DEEP; t++) {
            float slope[4], state[4];
            UNROLL for (int i = 0; i < 4; i++) {
                slope[i] = slopes[t][down + 16 * i];
                state[i] = states[t][across + 16 * i];
            }
            UNROLL for (int i = 0; i < 4; i++) UNROLL for (int j = 0; j < 4; j++) own[i][j] += slope[i] * state[j];
        }
        if (THREAD < TILE)
            for (int t = 0; t < DEEP; t++) bias += slopes[t][THREAD];
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
    if (BLOCK_Y == 0 && THREAD < TILE && row + THREAD < rows)
        to[(size_t)rows * (unsigned)hidden + (unsigned)(row + THREAD)] = bias;
}
