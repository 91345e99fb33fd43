/* The kernels of one KIND with all sizes of tiles, as src/product.rs chooses between them; PREFIX begins their names. */
#define JOIN(prefix, size) prefix##_##size
#define JOINED(prefix, size) JOIN(prefix, size)

#define NAME JOINED(PREFIX, 128x128)
#define BM 128
#define BN 128
#define BK 8
#define TM 8
#define TN 8
#define PAD 4
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
#define BK 16
#define TM 4
#define TN 4
#include "tile.h"
#undef NAME
#undef BM
#undef BN

#define NAME JOINED(PREFIX, 32x128)
#define BM 32
#define BN 128
#include "tile.h"
#undef NAME
#undef BM
#undef BN
#undef BK
#undef TM
#undef TN
#undef PAD

#define NAME JOINED(PREFIX, 32x32)
#define BM 32
#define BN 32
#define BK 32
#define TM 2
#define TN 2
#define PAD 2
#include "tile.h"
#undef NAME
#undef BM
#undef BN
#undef BK
#undef TM
#undef TN
#undef PAD

#undef JOIN
#undef JOINED
