/* Shrinkage: what lies within a threshold of 0 becomes 0, the rest moves towards it. */
#include "lanes.cu"

/* 1 or -1 where a value is beyond its threshold, on which side; else 0. */
DEVICE float beyond(float x, float t) {
    if (x > 0.0f && x > t) return 1.0f;
    return x < 0.0f && x < -t ? -1.0f : 0.0f;
}

/* at: x, thresholds, y. n: a map's [sample, numbers of a threshold, 1] (site.cu), from 8 on pitch of x, of the
   thresholds, of y. */
KERNEL(soft_threshold) {
    const float *x = INPUT(0), *thresholds = INPUT(1);
    float *y = FLOATS(2);
    FOR_EACH(i, a.n[0]) {
        Site s = site(a.n, i);
        float value = x[begin_of(s, a.n[8]) + s.rest], t = thresholds[begin_of(s, a.n[9]) + s.plane];
        float side = beyond(value, t);
        y[begin_of(s, a.n[10]) + s.rest] = side == 0.0f ? 0.0f : value - side * t;
    }
}

/* A threshold's numbers are a column. at: x, thresholds, dy, dx, dt. n: a column's (lanes.cu), from 11 on pitch of x, of
   the thresholds, of dy, of dx, whether to add there, pitch of dt, whether to add there. */
KERNEL(soft_threshold_gradient) {
    Column c = own_column(a.n);
    const float *x = INPUT(0) + begin_of(c.at, a.n[11]) + c.begin;
    const float *dy = INPUT(2) + begin_of(c.at, a.n[13]) + c.begin;
    float *dx = FLOATS(3) + begin_of(c.at, a.n[14]) + c.begin;
    float t = INPUT(1)[begin_of(c.at, a.n[12]) + c.at.rest];
    Sum own = nothing();
    EACH_ALONG(c, l) {
        float side = beyond(x[l], t), g = dy[l];
        put(dx + l, side == 0.0f ? 0.0f : g, a.n[15]);
        if (side != 0.0f) take(&own, -side * g);
    }
    float sum = sum_of_lanes(own, c.lanes);
    if (LEADS(c)) {
        float *to = FLOATS(4) + begin_of(c.at, a.n[16]) + c.at.rest;
        put(to, sum, a.n[17]);
    }
}
