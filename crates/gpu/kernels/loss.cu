/* Losses of classes. */
#include "kernel.h"

DEVICE float weight_of(const float *weights, int label) { return weights ? weights[label] : 1.0f; }

/* Mean cross entropy of logits against one class a row, weighted and smoothed: sum of w_k t_ik (-log p_ik) over all, by the
   sum of the weights of the rows' classes. Rows of class -1 count nowhere. One block. at: logits, classes (whole), weights
   (without them 1 each), loss and right answers, gradient of the logits (left out without a place). n: rows, classes, pitches
   of logits and of their gradient, whether to add to it. f: target of the row's class beyond that of all
   classes, and that. */
KERNEL(cross_entropy) {
    const float *logits = INPUT(0), *weights = INPUT(2);
    const int *labels = (const int *)a.at[1];
    float *gradient = FLOATS(4);
    int rows = a.n[0], classes = a.n[1];
    float sharp = a.f[0], spread = a.f[1];
    double total = 0.0;
    for (int row = THREAD; row < rows; row += THREADS)
        if (labels[row] >= 0) total += (double)weight_of(weights, labels[row]);
    float by = 1.0f / (float)block_sum(total);
    double loss = 0.0, right = 0.0;
    for (int row = THREAD; row < rows; row += THREADS) {
        const float *z = logits + (size_t)row * (unsigned)a.n[2];
        float *dz = gradient + (size_t)row * (unsigned)a.n[3];
        int label = labels[row];
        if (label < 0) {
            if (gradient && !a.n[4])
                for (int k = 0; k < classes; k++) dz[k] = 0.0f;
            continue;
        }
        int best = 0;
        for (int k = 1; k < classes; k++)
            if (z[k] > z[best]) best = k;
        /* Sum of e^z less the largest, whose own part is 1: near 0 where the answer is sure. */
        float rest = 0.0f, all = 0.0f;
        for (int k = 0; k < classes; k++) {
            if (k != best) rest += expf(z[k] - z[best]);
            all += weight_of(weights, k) * (spread + (k == label ? sharp : 0.0f));
        }
        float log_sum = log1pf(rest);
        double of_row = 0.0;
        for (int k = 0; k < classes; k++) {
            float share = weight_of(weights, k) * (spread + (k == label ? sharp : 0.0f));
            float less = z[k] - z[best];
            if (share > 0.0f) of_row += (double)share * (double)(log_sum - less);
            if (gradient) {
                float slope = all > 0.0f ? (all * (expf(less - log_sum)) - share) * by : 0.0f;
                dz[k] = fill_or_add(a.n[4], a.n[4] ? dz[k] : 0.0f, slope);
            }
        }
        loss += of_row;
        right += best == label ? 1.0 : 0.0;
    }
    loss = block_sum(loss);
    right = block_sum(right);
    if (THREAD == 0) {
        FLOATS(3)[0] = (float)(loss * (double)by);
        FLOATS(3)[1] = (float)right;
    }
}
