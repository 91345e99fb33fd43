/* Where a thread of a block stands on the processor, for tests. */
#include "kernel.h"
_Thread_local Place brinell_place;
void brinell_stand(int thread, int x, int y, int z, int blocks) {
    brinell_place = (Place){thread, {x, y, z}, blocks};
}
