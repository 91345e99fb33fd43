/* The text of one kernel: c = a b in tiles, a block for each tile of c, each part of k and each matrix of a batch. Included
   by tiles.h once for every size of tile, BM x BN with steps of BK along k; a KIND says where the numbers of a and b come
   from; in_f32.h or in_tf32.h how they are multiplied: which numbers of c a thread has, and their SUMS. While the numbers of a
   step are multiplied those of the next are on their way into registers; they go to the other half of the shared memory. */

#define A_LINE (BM + PAD)
#define B_LINE (BN + PAD)
#define A_EACH (BM * BK / THREADS)
#define B_EACH (BN * BK / THREADS)
/* Where a tile's first number of this thread goes that has its neighbours along k or across it, and the step to the next. */
#define ALONG (THREADS / BK)
#define PLACE_ALONG(line) (THREAD % BK * (line) + THREAD / BK)
#define PLACE_ACROSS(size, line) (THREAD / (size) * (line) + THREAD % (size))

TILE_KERNEL(NAME) {
    SHARED ALIGNED float memory[2 * BK * (A_LINE + B_LINE)];
    float *const as = memory, *const bs = memory + 2 * BK * A_LINE;
    const int m = a.n[0], n = a.n[1], k = a.n[2];
    const int tall = (m + BM - 1) / BM;
    const int m0 = BLOCK_X % tall * BM, n0 = BLOCK_X / tall * BN;
    const size_t group = (size_t)BLOCK_Z;
#if KIND == PRODUCT || KIND == WEIGHT_GRADIENT
    const int begin = BLOCK_Y * a.n[3], end = least(k, begin + a.n[3]);
#else
    const int begin = 0, end = k;
#endif

#if KIND == PRODUCT
    const int flags = a.n[4], a_across = flags & A_ACROSS, b_across = flags & B_ACROSS;
    const int m_own = m0 + (a_across ? THREAD % BM : THREAD / BK), n_own = n0 + (b_across ? THREAD % BN : THREAD / BK);
    const int a_k = a_across ? THREAD / BM : THREAD % BK, b_k = b_across ? THREAD / BN : THREAD % BK;
    const int a_k_step = a_across ? THREADS / BM : 0, b_k_step = b_across ? THREADS / BN : 0;
    const size_t a_step = a_across ? (size_t)(THREADS / BM) * A_COLUMN : (size_t)ALONG * A_ROW;
    const size_t b_step = b_across ? (size_t)(THREADS / BN) * B_ROW : (size_t)ALONG * B_COLUMN;
    const unsigned a_inside = inside_of(m_own, a_across ? 0 : ALONG, m, A_EACH);
    const unsigned b_inside = inside_of(n_own, b_across ? 0 : ALONG, n, B_EACH);
    const float *const a_line = INPUT(0) + group * A_STEP + (size_t)m_own * A_ROW;
    const float *const b_line = INPUT(1) + group * B_STEP + PLACE_N((unsigned)n_own, B_COLUMN, B_PITCH_N);
    const int a_place = a_across ? PLACE_ACROSS(BM, A_LINE) : PLACE_ALONG(A_LINE);
    const int b_place = b_across ? PLACE_ACROSS(BN, B_LINE) : PLACE_ALONG(B_LINE);
    const int a_next = a_across ? THREADS / BM * A_LINE : ALONG, b_next = b_across ? THREADS / BN * B_LINE : ALONG;
#define PLAN(k0)
#define LOAD_A(k0)                                                                                                   \
    load(ra, A_EACH, a_line + PLACE_K((unsigned)((k0) + a_k), A_COLUMN, A_PITCH_K), a_step, a_inside, (k0) + a_k,    \
         a_k_step, end);
#define LOAD_B(k0)                                                                                                   \
    load(rb, B_EACH, b_line + PLACE_K((unsigned)((k0) + b_k), B_ROW, B_PITCH_K), b_step, b_inside, (k0) + b_k,       \
         b_k_step, end);
#else
    const Args *const given = &a;
    const int a_place = PLACE_ALONG(A_LINE), a_next = ALONG;
#if KIND == WEIGHT_GRADIENT
    SHARED Tap taps[BN];
    const float *const from_a = INPUT(1) + group * (unsigned)m * (unsigned)POSITIONS;
    const float *const from_b = INPUT(0) + group * (unsigned)(n / TAPS) * (unsigned)(HEIGHT * WIDTH);
    const int b_place = PLACE_ALONG(B_LINE), b_next = ALONG;
#define A_LINE_PLACE(own) OTHER_PLACE(own)
#define A_LINE_PITCH ((unsigned)POSITIONS)
#define PLAN(k0)                                                                                                     \
    if ((k0) == begin && THREAD < BN) taps[THREAD] = tap_of(given, n0 + THREAD, n);
#define LOAD_B(k0)                                                                                                   \
    {                                                                                                                \
        Position at = position_of(given, from_b, (k0) + THREAD % BK, end, 0);                                           \
        UNROLL for (int i = 0; i < B_EACH; i++) rb[i] = gathered(given, at, taps[THREAD / BK + i * ALONG]);             \
    }
#else
    SHARED Tap taps[2 * BK];
    const float *const from_a = INPUT(1) + group * (unsigned)m * (unsigned)k;
    const int b_place = PLACE_ACROSS(BN, B_LINE), b_next = THREADS / BN * B_LINE;
    const Position at = position_of(given, INPUT(0) + group * (unsigned)(k / TAPS) * (unsigned)(HEIGHT * WIDTH),
                                    n0 + THREAD % BN, n, KIND == INPUT_GRADIENT);
#if KIND == FORWARD
#define A_LINE_PLACE(own) (own)
#define A_LINE_PITCH ((unsigned)k)
#define GATHERED gathered
#else
#define A_LINE_PLACE(own) ((own) + BY_TAPS(own) * (unsigned)((m - 1) * TAPS))
#define A_LINE_PITCH ((unsigned)TAPS)
#define GATHERED gathered_back
#endif
/* The taps of a step and of the next; which half says the step's parity. */
#define PLAN(k0)                                                                                                     \
    if (THREAD < BK) taps[(k0) / BK % 2 * BK + THREAD] = tap_of(given, (k0) + THREAD, end);
#define LOAD_B(k0)                                                                                                   \
    UNROLL for (int i = 0; i < B_EACH; i++)                                                                          \
        rb[i] = GATHERED(given, at, taps[(k0) / BK % 2 * BK + THREAD / BN + i * (THREADS / BN)]);
#endif
    const float *const a_line = from_a + (size_t)(m0 + THREAD / BK) * A_LINE_PITCH;
    const unsigned a_inside = inside_of(m0 + THREAD / BK, ALONG, m, A_EACH);
#define LOAD_A(k0)                                                                                                   \
    load(ra, A_EACH, a_line + A_LINE_PLACE((unsigned)((k0) + THREAD % BK)), (size_t)ALONG * A_LINE_PITCH, a_inside,  \
         (k0) + THREAD % BK, 0, end);
#endif

    float ra[A_EACH], rb[B_EACH];
    SUMS
    PLAN(begin)
    BARRIER();
    LOAD_A(begin)
    LOAD_B(begin)
    UNROLL for (int i = 0; i < A_EACH; i++) as[a_place + i * a_next] = KEPT(ra[i]);
    UNROLL for (int i = 0; i < B_EACH; i++) bs[b_place + i * b_next] = KEPT(rb[i]);
    PLAN(begin + BK)
    BARRIER();
    int half = 0;
    for (int k0 = begin; k0 < end; k0 += BK) {
        const int more = k0 + BK < end;
        if (more) {
            LOAD_B(k0 + BK)
            LOAD_A(k0 + BK)
        }
        MULTIPLY(as + half * BK * A_LINE, bs + half * BK * B_LINE)
        half = 1 - half;
        if (more) {
            UNROLL for (int i = 0; i < A_EACH; i++) as[half * BK * A_LINE + a_place + i * a_next] = KEPT(ra[i]);
            UNROLL for (int i = 0; i < B_EACH; i++) bs[half * BK * B_LINE + b_place + i * b_next] = KEPT(rb[i]);
            PLAN(k0 + 2 * BK)
        }
        BARRIER();
    }

    /* By way of shared memory, LINES rows at a time, so that neighbours write to neighbouring addresses. */
    const int column = n0 + THREAD % BN;
    RESULT
    UNROLL for (int i = 0; i < BM / LINES; i++) {
        PUT_LINES(memory, i)
        BARRIER();
        if (column < n) {
            ROLLED for (int line = THREAD / BN; line < LINES; line += THREADS / BN) {
                int row = m0 + ROW_OF(i, line);
                if (row < m) WRITE(row, memory[line * (BN + APART) + THREAD % BN]);
            }
        }
        BARRIER();
    }
}

#undef A_LINE
#undef B_LINE
#undef A_EACH
#undef B_EACH
#undef ALONG
#undef PLACE_ALONG
#undef PLACE_ACROSS
#undef PLAN
#undef LOAD_A
#undef LOAD_B
#undef A_LINE_PLACE
#undef A_LINE_PITCH
#undef GATHERED
