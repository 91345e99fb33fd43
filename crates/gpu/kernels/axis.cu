/* Reductions along one axis of samples [outer, len, inner], and softmax. */
#include "lanes.cu"

/* Means. at: x, y. n: a column's (lanes.cu), from 11 on pitch of x, pitch of y. */
KERNEL(axis_mean) {
    Column c = own_column(a.n);
    const float *x = INPUT(0) + begin_of(c.at, a.n[11]) + c.begin;
    Sum own = nothing();
    EACH_ALONG(c, l) take(&own, x[l * c.step]);
    float sum = sum_of_lanes(own, c.lanes);
    if (LEADS(c)) FLOATS(1)[begin_of(c.at, a.n[12]) + c.at.rest] = sum / (float)c.len;
}

/* at: dy, dx. n: a map's [samples of outer, len, inner] (site.cu), from 8 on len, pitch of dy, pitch of dx, whether to
   add. */
KERNEL(axis_mean_gradient) {
    const float *dy = INPUT(0);
    float *dx = FLOATS(1);
    FOR_EACH(i, a.n[0]) {
        Site s = site(a.n, i);
        float g = dy[begin_of(s, a.n[9]) + s.plane * (unsigned)a.n[3] + s.column] / (float)a.n[8];
        size_t to = begin_of(s, a.n[10]) + s.rest;
        put(dx + to, g, a.n[11]);
    }
}

/* Largest values and where they stand along the axis. at: x, y, places. n: a column's, pitch of x, pitch of y. */
KERNEL(axis_largest) {
    Column c = own_column(a.n);
    const float *x = INPUT(0) + begin_of(c.at, a.n[11]) + c.begin;
    int *places = (int *)a.at[2];
    Found own = nowhere();
    EACH_ALONG(c, l) {
        Found here = {x[l * c.step], l};
        if (wins(here, own)) own = here;
    }
    Found best = largest_of_lanes(own, c.lanes);
    if (LEADS(c)) {
        FLOATS(1)[begin_of(c.at, a.n[12]) + c.at.rest] = best.value;
        places[c.index] = best.place;
    }
}

/* at: dy, places, dx. n: a map's, from 8 on numbers of a sample of dy, pitch of dy, pitch of dx, whether to add. */
KERNEL(axis_largest_gradient) {
    const float *dy = INPUT(0);
    const int *places = (const int *)a.at[1];
    float *dx = FLOATS(2);
    FOR_EACH(i, a.n[0]) {
        Site s = site(a.n, i);
        unsigned from = s.plane * (unsigned)a.n[3] + s.column;
        int won = places[s.sample * (unsigned)a.n[8] + from] == (int)s.row;
        if (a.n[11] && !won) continue;
        size_t to = begin_of(s, a.n[10]) + s.rest;
        float g = won ? dy[begin_of(s, a.n[9]) + from] : 0.0f;
        put(dx + to, g, a.n[11]);
    }
}

/* Exponentials over their sum. at: x, y. n: a column's, pitch of x, pitch of y. */
KERNEL(axis_softmax) {
    Column c = own_column(a.n);
    const float *x = INPUT(0) + begin_of(c.at, a.n[11]) + c.begin;
    float *y = FLOATS(1) + begin_of(c.at, a.n[12]) + c.begin;
    Found own = nowhere();
    EACH_ALONG(c, l) {
        Found here = {x[l * c.step], l};
        if (wins(here, own)) own = here;
    }
    float top = largest_of_lanes(own, c.lanes).value;
    Sum sum = nothing();
    EACH_ALONG(c, l) take(&sum, expf(x[l * c.step] - top));
    float share = 1.0f / sum_of_lanes(sum, c.lanes);
    EACH_ALONG(c, l) y[l * c.step] = expf(x[l * c.step] - top) * share;
}

/* dx = y (dy - sum of y dy). at: y, dy, dx. n: a column's, pitch of y, of dy, of dx, whether to add. */
KERNEL(axis_softmax_gradient) {
    Column c = own_column(a.n);
    const float *y = INPUT(0) + begin_of(c.at, a.n[11]) + c.begin;
    const float *dy = INPUT(1) + begin_of(c.at, a.n[12]) + c.begin;
    float *dx = FLOATS(2) + begin_of(c.at, a.n[13]) + c.begin;
    Sum own = nothing();
    EACH_ALONG(c, l) take(&own, y[l * c.step] * dy[l * c.step]);
    float sum = sum_of_lanes(own, c.lanes);
    EACH_ALONG(c, l) {
        float *to = dx + l * c.step;
        put(to, y[l * c.step] * (dy[l * c.step] - sum), a.n[14]);
    }
}
