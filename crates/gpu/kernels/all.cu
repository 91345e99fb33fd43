/* All kernels, one module. */
#include "element.cu"
#include "product.cu"
#include "convolution.cu"
