/* Numbers one by one: filling, copying, adding. */
#include "kernel.h"

/* y = f[0]. at: y. n: count. */
KERNEL(fill) {
    float *y = FLOATS(0);
    FOR_EACH(i, a.n[0]) y[i] = a.f[0];
}

/* Rows of numbers from one pitch to another, in place of what is there or added to it.
   at: x, y. n: count of all, numbers of a row, pitch of x, pitch of y, whether to add. */
KERNEL(copy_rows) {
    const float *x = INPUT(0);
    float *y = FLOATS(1);
    unsigned row = (unsigned)a.n[1];
    FOR_EACH(i, a.n[0]) {
        unsigned r = i / row, c = i % row;
        size_t to = (size_t)r * (unsigned)a.n[3] + c;
        y[to] = fill_or_add(a.n[4], y[to], x[(size_t)r * (unsigned)a.n[2] + c]);
    }
}
