//! Wavelet transforms, continuous and discrete.
