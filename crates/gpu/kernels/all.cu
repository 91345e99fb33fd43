/* All kernels, one module. */
#include "element.cu"
