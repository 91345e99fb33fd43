/* Largest values and means of as many windows as are asked for: from floor(i n / o) to ceil((i + 1) n / o). */
#include "lanes.cu"

DEVICE int window_begin(unsigned i, int len, int windows) {
    return (int)((unsigned long long)i * (unsigned)len / (unsigned)windows);
}
DEVICE int window_end(unsigned i, int len, int windows) {
    return (int)(((unsigned long long)(i + 1) * (unsigned)len + (unsigned)windows - 1) / (unsigned)windows);
}

/* A window with a block's lanes on it, some along its rows, some along its columns. */
typedef struct {
    unsigned index;
    Site at;
    int top, bottom, left, right; /* none where there is no such window */
    int high, wide, down, along;  /* lanes along both, and this one's place among them */
    Lanes lanes;
} Window;

/* n: a map's of the results (site.cu), from 8 on rows of the results, rows and columns of the input, logarithms of the
   lanes along both, pitch of what is read, pitch of what is written. */
DEVICE Window own_window(const int *n) {
    Window w;
    int both = n[11] + n[12], lane = THREAD & ((1 << both) - 1);
    w.index = (unsigned)BLOCK_X * (THREADS >> both) + (unsigned)(THREAD >> both);
    int is = w.index < (unsigned)n[0];
    w.at = site(n, is ? w.index : 0);
    w.top = window_begin(w.at.row, n[9], n[8]);
    w.bottom = is ? window_end(w.at.row, n[9], n[8]) : w.top;
    w.left = window_begin(w.at.column, n[10], n[3]);
    w.right = window_end(w.at.column, n[10], n[3]);
    w.high = 1 << n[11];
    w.wide = 1 << n[12];
    w.down = lane >> n[12];
    w.along = lane & (w.wide - 1);
    w.lanes.count = 1 << both;
    w.lanes.own = lane;
    w.lanes.apart = 1;
    return w;
}

#define WITHIN(w, row, column)                                             \
    for (int row = w.top + w.down; row < w.bottom; row += w.high)          \
        for (int column = w.left + w.along; column < w.right; column += w.wide)

/* at: x, y, places in the plane. */
KERNEL(adaptive_largest) {
    Window w = own_window(a.n);
    int *places = (int *)a.at[2];
    const float *x = INPUT(0) + begin_of(w.at, a.n[13]) + w.at.plane * (unsigned)(a.n[9] * a.n[10]);
    Found own = nowhere();
    WITHIN(w, row, column) {
        int place = row * a.n[10] + column;
        Found here = {x[place], place};
        if (wins(here, own)) own = here;
    }
    Found best = largest_of_lanes(own, w.lanes);
    if (w.lanes.own == 0 && w.top < w.bottom) {
        FLOATS(1)[begin_of(w.at, a.n[14]) + w.at.rest] = best.value;
        places[w.index] = best.place;
    }
}

/* at: x, y. */
KERNEL(adaptive_mean) {
    Window w = own_window(a.n);
    const float *x = INPUT(0) + begin_of(w.at, a.n[13]) + w.at.plane * (unsigned)(a.n[9] * a.n[10]);
    Sum own = nothing();
    WITHIN(w, row, column) take(&own, x[row * a.n[10] + column]);
    float sum = sum_of_lanes(own, w.lanes);
    if (w.lanes.own == 0 && w.top < w.bottom) {
        float count = (float)(w.bottom - w.top) * (float)(w.right - w.left);
        FLOATS(1)[begin_of(w.at, a.n[14]) + w.at.rest] = sum / count;
    }
}

/* floor(place windows / len), the first window that sees a place of the input; the last is that ahead of the one that
   sees no place before the next. */
DEVICE int first_window(unsigned place, int windows, int len, int factor, int shifts, int which) {
    unsigned long long product = (unsigned long long)place * (unsigned)windows;
    if (product >> 31) return (int)(product / (unsigned)len);
    return (int)over((unsigned)product, factor, shifts, which);
}
DEVICE int windows_end(unsigned place, int windows, int len, int factor, int shifts, int which) {
    unsigned long long product = (unsigned long long)(place + 1) * (unsigned)windows - 1;
    if (product >> 31) return (int)(product / (unsigned)len) + 1;
    return (int)over((unsigned)product, factor, shifts, which) + 1;
}

/* The windows that see a place of the input. */
typedef struct {
    int top, bottom, left, right;
} Seen;

/* n: a map's of the input (site.cu), from 8 on rows of the input and their factor, rows and columns of the results,
   pitch of what is read, pitch of what is written, whether to add. */
DEVICE Seen seen_by(const int *n, Site s) {
    Seen w;
    w.top = first_window(s.row, n[10], n[8], n[9], n[7], 3);
    w.bottom = windows_end(s.row, n[10], n[8], n[9], n[7], 3);
    w.left = first_window(s.column, n[11], n[3], n[6], n[7], 2);
    w.right = windows_end(s.column, n[11], n[3], n[6], n[7], 2);
    return w;
}

/* at: dy, places, dx. */
KERNEL(adaptive_largest_gradient) {
    const float *dy = INPUT(0);
    const int *places = (const int *)a.at[1];
    float *dx = FLOATS(2);
    unsigned size = (unsigned)(a.n[10] * a.n[11]), sample = over((unsigned)a.n[1], a.n[5], a.n[7], 1) * size;
    FOR_EACH(i, a.n[0]) {
        Site s = site(a.n, i);
        Seen w = seen_by(a.n, s);
        const float *from = dy + begin_of(s, a.n[12]) + s.plane * size;
        const int *won = places + (size_t)s.sample * sample + s.plane * size;
        int own = (int)s.row * a.n[3] + (int)s.column;
        float sum = 0.0f;
        for (int v = w.top; v < w.bottom; v++)
            for (int u = w.left; u < w.right; u++)
                if (won[v * a.n[11] + u] == own) sum += from[v * a.n[11] + u];
        size_t to = begin_of(s, a.n[13]) + s.rest;
        put(dx + to, sum, a.n[14]);
    }
}

/* at: dy, dx. */
KERNEL(adaptive_mean_gradient) {
    const float *dy = INPUT(0);
    float *dx = FLOATS(1);
    int rows = a.n[10], columns = a.n[11];
    FOR_EACH(i, a.n[0]) {
        Site s = site(a.n, i);
        Seen w = seen_by(a.n, s);
        const float *from = dy + begin_of(s, a.n[12]) + s.plane * (unsigned)(rows * columns);
        float sum = 0.0f;
        for (int v = w.top; v < w.bottom; v++) {
            float high = (float)(window_end((unsigned)v, a.n[8], rows) - window_begin((unsigned)v, a.n[8], rows));
            for (int u = w.left; u < w.right; u++) {
                int wide = window_end((unsigned)u, a.n[3], columns) - window_begin((unsigned)u, a.n[3], columns);
                sum += from[v * columns + u] / (high * (float)wide);
            }
        }
        size_t to = begin_of(s, a.n[13]) + s.rest;
        put(dx + to, sum, a.n[14]);
    }
}
