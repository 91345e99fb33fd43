/* Sums that several blocks have taken parts of. */
#include "lanes.cu"

/* Sums over parts [parts, first + second]: numbers for one place and, behind them, for another. at: parts, first, second.
   n: a column's (lanes.cu), numbers for the first place, whether to add. */
KERNEL(sums_of_parts) {
    Column c = own_column(a.n);
    const float *parts = INPUT(0) + c.begin;
    Sum own = nothing();
    EACH_ALONG(c, l) take(&own, parts[(size_t)l * c.step]);
    float sum = sum_of_lanes(own, c.lanes);
    if (!LEADS(c)) return;
    unsigned first = (unsigned)a.n[11];
    put(c.index < first ? FLOATS(1) + c.index : FLOATS(2) + (c.index - first), sum, a.n[12]);
}
