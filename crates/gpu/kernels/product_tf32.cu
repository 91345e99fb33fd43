/* Products of matrices in TF32: product.cu with the other of the two ways to multiply. */
#define TF32
#include "product.cu"
