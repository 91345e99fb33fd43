/* Largest values and means of sliding windows over planes.
   n of all: a map's [sample, plane, row] (site.cu), that of the results forwards and that of the input backwards; from 8
   on stride down and its factor, along and its factor, rows and columns of the other map, of the window, of the
   padding, of the dilation, pitch of what is read, pitch of what is written, whether to add, whether padding counts. */
#include "lanes.cu"

/* A window along one axis. */
typedef struct {
    int input, stride, window, padding, dilation;
} Reach;

/* Taps of a window in the first so many places behind its begin. */
DEVICE int taps_in(int places, Reach r) {
    int taps = r.dilation == 1 ? places : (places + r.dilation - 1) / r.dilation;
    return places <= 0 ? 0 : least(taps, r.window);
}

DEVICE int first_tap(int result, Reach r) { return taps_in(r.padding - result * r.stride, r); }
DEVICE int taps_end(int result, Reach r) { return taps_in(r.input + r.padding - result * r.stride, r); }

/* Taps that count in a mean: those inside the input, or also those inside its padding. */
DEVICE int counting(int result, Reach r, int padding) {
    if (padding) return taps_in(r.input + 2 * r.padding - result * r.stride, r);
    return taps_end(result, r) - first_tap(result, r);
}

/* Along the rows (axis 0) or columns. `input` is the input's length. */
DEVICE Reach reach(const int *n, int axis, int input) {
    Reach r = {input, n[8 + 2 * axis], n[14 + axis], n[16 + axis], n[18 + axis]};
    return r;
}

/* The results whose windows may see a place of the input. */
DEVICE int results_begin(const int *n, int axis, int place, Reach r) {
    int behind = place + r.padding - (r.window - 1) * r.dilation;
    if (behind <= 0) return 0;
    return (int)over((unsigned)(behind + r.stride - 1), n[9 + 2 * axis], n[7], 3 + axis);
}
DEVICE int results_end(const int *n, int axis, int place, Reach r) {
    return least((int)over((unsigned)(place + r.padding), n[9 + 2 * axis], n[7], 3 + axis) + 1, n[12 + axis]);
}

/* Whether a window among those has a tap at the place. */
DEVICE int sees(int result, int place, Reach r) {
    return r.dilation == 1 || (place + r.padding - result * r.stride) % r.dilation == 0;
}

/* Places are those in the plane, -1 for a window that sees nothing. at: x, y, places. */
KERNEL(pool_largest) {
    const float *x = INPUT(0);
    float *y = FLOATS(1);
    int *places = (int *)a.at[2];
    Reach down = reach(a.n, 0, a.n[12]), along = reach(a.n, 1, a.n[13]);
    FOR_EACH(i, a.n[0]) {
        Site s = site(a.n, i);
        int row = (int)s.row, column = (int)s.column;
        const float *plane = x + begin_of(s, a.n[20]) + s.plane * (unsigned)(down.input * along.input);
        int from = first_tap(column, along), to = taps_end(column, along), bottom = taps_end(row, down);
        float best = -INFINITY;
        int place = -1;
        for (int v = first_tap(row, down); v < bottom; v++) {
            int line = (row * down.stride - down.padding + v * down.dilation) * along.input;
            int at = line + column * along.stride - along.padding + from * along.dilation;
            for (int u = from; u < to; u++, at += along.dilation) {
                float value = plane[at];
                if (place < 0 || value > best || value != value) {
                    best = value;
                    place = at;
                }
            }
        }
        y[begin_of(s, a.n[21]) + s.rest] = best;
        places[i] = place;
    }
}

/* Every place of the input looks at the windows that may have taken it. at: dy, places, dx. */
KERNEL(pool_largest_gradient) {
    const float *dy = INPUT(0);
    const int *places = (const int *)a.at[1];
    float *dx = FLOATS(2);
    int width = a.n[3], height = (int)over((unsigned)a.n[2], a.n[6], a.n[7], 2);
    unsigned size = (unsigned)(a.n[12] * a.n[13]), sample = over((unsigned)a.n[1], a.n[5], a.n[7], 1) * size;
    Reach down = reach(a.n, 0, height), along = reach(a.n, 1, width);
    FOR_EACH(i, a.n[0]) {
        Site s = site(a.n, i);
        int row = (int)s.row, column = (int)s.column, own = row * width + column;
        const float *from = dy + begin_of(s, a.n[20]) + s.plane * size;
        const int *won = places + (size_t)s.sample * sample + s.plane * size;
        int bottom = results_end(a.n, 0, row, down);
        int left = results_begin(a.n, 1, column, along), right = results_end(a.n, 1, column, along);
        float sum = 0.0f;
        for (int v = results_begin(a.n, 0, row, down); v < bottom; v++)
            for (int u = left; u < right; u++)
                if (won[v * a.n[13] + u] == own) sum += from[v * a.n[13] + u];
        size_t to = begin_of(s, a.n[21]) + s.rest;
        put(dx + to, sum, a.n[22]);
    }
}

/* at: x, y. */
KERNEL(pool_mean) {
    const float *x = INPUT(0);
    float *y = FLOATS(1);
    Reach down = reach(a.n, 0, a.n[12]), along = reach(a.n, 1, a.n[13]);
    FOR_EACH(i, a.n[0]) {
        Site s = site(a.n, i);
        int row = (int)s.row, column = (int)s.column;
        const float *plane = x + begin_of(s, a.n[20]) + s.plane * (unsigned)(down.input * along.input);
        int from = first_tap(column, along), to = taps_end(column, along), bottom = taps_end(row, down);
        Sum sum = nothing();
        for (int v = first_tap(row, down); v < bottom; v++) {
            int line = (row * down.stride - down.padding + v * down.dilation) * along.input;
            int at = line + column * along.stride - along.padding + from * along.dilation;
            for (int u = from; u < to; u++, at += along.dilation) take(&sum, plane[at]);
        }
        int count = counting(row, down, a.n[23]) * counting(column, along, a.n[23]);
        y[begin_of(s, a.n[21]) + s.rest] = (sum.sum - sum.lost) / (float)most(count, 1);
    }
}

/* at: dy, dx. */
KERNEL(pool_mean_gradient) {
    const float *dy = INPUT(0);
    float *dx = FLOATS(1);
    int width = a.n[3], height = (int)over((unsigned)a.n[2], a.n[6], a.n[7], 2);
    Reach down = reach(a.n, 0, height), along = reach(a.n, 1, width);
    FOR_EACH(i, a.n[0]) {
        Site s = site(a.n, i);
        int row = (int)s.row, column = (int)s.column;
        const float *from = dy + begin_of(s, a.n[20]) + s.plane * (unsigned)(a.n[12] * a.n[13]);
        int bottom = results_end(a.n, 0, row, down);
        int left = results_begin(a.n, 1, column, along), right = results_end(a.n, 1, column, along);
        float sum = 0.0f;
        for (int v = results_begin(a.n, 0, row, down); v < bottom; v++) {
            if (!sees(v, row, down)) continue;
            int high = counting(v, down, a.n[23]);
            for (int u = left; u < right; u++) {
                int count = most(high * counting(u, along, a.n[23]), 1);
                if (sees(u, column, along)) sum += from[v * a.n[13] + u] / (float)count;
            }
        }
        size_t to = begin_of(s, a.n[21]) + s.rest;
        put(dx + to, sum, a.n[22]);
    }
}
