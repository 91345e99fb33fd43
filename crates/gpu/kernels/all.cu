/* All kernels, one module. */
#include "broadcast.cu"
#include "draw.cu"
#include "element.cu"
#include "loss.cu"
#include "moves.cu"
#include "norm.cu"
#include "optimise.cu"
#include "vmd.cu"
