/* Convolutions and their gradients in TF32: convolution.cu with the other of the two ways to multiply. */
#define TF32
#include "convolution.cu"
