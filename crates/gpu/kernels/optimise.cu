/* Steps of optimisers over weights that lie one behind the other, with gradients and memories beside them. A block takes 256
   numbers at a time, all of one group: its scalars begin at 16 times its number. */
#include "kernel.h"

/* The scalars of the group that number i is of. */
DEVICE const float *scalars(const int *groups, const float *step, unsigned i) {
    return step + (size_t)groups[i / THREADS] * 16;
}

/* Sums of squares, a part a block. at: gradients, parts (double). n: count. */
KERNEL(squares) {
    const float *x = INPUT(0);
    double sum = 0.0;
    unsigned stride = (unsigned)GRID_X * THREADS;
    for (unsigned i = (unsigned)BLOCK_X * THREADS + (unsigned)THREAD; i < (unsigned)a.n[0]; i += 8 * stride) {
        float given[8];
        UNROLL
        for (int k = 0; k < 8; k++) {
            unsigned at = i + (unsigned)k * stride;
            given[k] = at < (unsigned)a.n[0] ? x[at] : 0.0f;
        }
        UNROLL
        for (int k = 0; k < 8; k++) sum += (double)given[k] * (double)given[k];
    }
    sum = block_sum(sum);
    if (THREAD == 0) ((double *)a.at[1])[BLOCK_X] = sum;
}

/* Their sum. One block. at: parts, sum (both double). n: parts. */
KERNEL(total) {
    double sum = 0.0;
    for (int i = THREAD; i < a.n[0]; i += THREADS) sum += ((const double *)a.at[0])[i];
    sum = block_sum(sum);
    if (THREAD == 0) *(double *)a.at[1] = sum;
}

/* Adam. at: weights, gradients, first and second moment, largest second moment (or nowhere), groups (whole), step. n: count.
   Scalars: scale of gradients, beta1, beta2, 1 - beta1, 1 - beta2, eps, size, root, decay in the gradient, shrinking. */
KERNEL(adam) {
    float *w = FLOATS(0), *m = FLOATS(2), *v = FLOATS(3), *largest = FLOATS(4);
    const float *gradients = INPUT(1);
    FOR_EACH(i, a.n[0]) {
        const float *by = scalars((const int *)a.at[5], INPUT(6), i);
        float weight = w[i], g = gradients[i] * by[0] + by[8] * weight;
        float first = by[1] * m[i] + by[3] * g, second = by[2] * v[i] + by[4] * g * g;
        float of_root = second;
        if (largest) {
            float old = largest[i];
            of_root = second > old ? second : old;
        }
        m[i] = first;
        v[i] = second;
        if (largest) largest[i] = of_root;
        w[i] = weight * by[9] - by[6] * first / (sqrtf(of_root) / by[7] + by[5]);
    }
}

/* Gradient descent. at: weights, gradients, momentum (or nowhere), groups (whole), step. n: count. Scalars: scale of
   gradients, decay, size, share of the gradient that the momentum takes up, memory of the momentum, shares of the gradient
   and of the momentum in the move. */
KERNEL(sgd) {
    float *w = FLOATS(0), *momenta = FLOATS(2);
    const float *gradients = INPUT(1);
    FOR_EACH(i, a.n[0]) {
        const float *by = scalars((const int *)a.at[3], INPUT(4), i);
        float weight = w[i], g = gradients[i] * by[0] + by[1] * weight, move = g;
        if (momenta) {
            float momentum = by[4] * momenta[i] + by[3] * g;
            momenta[i] = momentum;
            move = by[5] * g + by[6] * momentum;
        }
        w[i] = weight - by[2] * move;
    }
}

/* RMSprop. at: weights, gradients, mean square, mean (or nowhere), momentum (or nowhere), groups (whole), step. n: count.
   Scalars: scale of gradients, decay, size, alpha, 1 - alpha, eps, memory of the momentum. */
KERNEL(rms_prop) {
    float *w = FLOATS(0), *v = FLOATS(2), *means = FLOATS(3), *momenta = FLOATS(4);
    const float *gradients = INPUT(1);
    FOR_EACH(i, a.n[0]) {
        const float *by = scalars((const int *)a.at[5], INPUT(6), i);
        float weight = w[i], g = gradients[i] * by[0] + by[1] * weight;
        float second = by[3] * v[i] + by[4] * g * g, square = second;
        v[i] = second;
        if (means) {
            float mean = by[3] * means[i] + by[4] * g;
            means[i] = mean;
            square -= mean * mean;
            /* Rounding alone can bring a variance below 0. */
            square = square > 0.0f ? square : 0.0f;
        }
        float move = g / (sqrtf(square) + by[5]);
        if (momenta) {
            move = by[6] * momenta[i] + move;
            momenta[i] = move;
        }
        w[i] = weight - by[2] * move;
    }
}

/* Averages of weights: e = d e + (1 - d) w. at: weights, averages, d. n: count. */
KERNEL(average) {
    const float *w = INPUT(0);
    float *e = FLOATS(1);
    float share = INPUT(2)[0];
    FOR_EACH(i, a.n[0]) e[i] = share * e[i] + (1.0f - share) * w[i];
}
