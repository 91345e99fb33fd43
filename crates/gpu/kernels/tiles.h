/* The kernels of one KIND with all sizes of tiles, as src/product.rs chooses between them; PREFIX begins their names. */
#ifdef TF32
#include "in_tf32.h"
#define JOIN(prefix, size) prefix##_tf32_##size
#else
#include "in_f32.h"
#define JOIN(prefix, size) prefix##_##size
#endif
#define JOINED(prefix, size) JOIN(prefix, size)

#define NAME JOINED(PREFIX, 128x128)
#define BM 128
#define BN 128
#define BK BK_128x128
#define TM 8
#define TN 8
#include "tile.h"
#undef NAME
#undef BM
#undef BN
#undef BK
#undef TM
#undef TN

#define NAME JOINED(PREFIX, 64x64)
#define BM 64
#define BN 64
#define BK BK_64x64
#define TM 4
#define TN 4
#include "tile.h"
#undef NAME
#undef BM
#undef BN
#undef BK

#define NAME JOINED(PREFIX, 32x128)
#define BM 32
#define BN 128
#define BK BK_32x128
#include "tile.h"
#undef NAME
#undef BM
#undef BN
#undef BK
#undef TM
#undef TN

#define NAME JOINED(PREFIX, 32x32)
#define BM 32
#define BN 32
#define BK BK_32x32
#define TM 2
#define TN 2
#include "tile.h"
#undef NAME
#undef BM
#undef BN
#undef BK
#undef TM
#undef TN

#undef JOIN
#undef JOINED
