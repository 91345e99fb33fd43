//! How exactly matrices and convolutions are multiplied.

use serde::{Deserialize, Serialize};

use crate::kernel::Kernel;

/// What numbers are rounded to before they are multiplied. Sums, and all other kernels, are in `f32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Not at all: 24 bits.
    #[default]
    F32,
    /// 11 bits, with the range of `f32`: what tensor cores multiply many times as fast.
    Tf32,
}

/// Kernels that there are for either, first for `f32`.
const BOTH: [[Kernel; 2]; 16] = [
    [Kernel::Product128x128, Kernel::ProductTf32x128x128],
    [Kernel::Product64x64, Kernel::ProductTf32x64x64],
    [Kernel::Product32x128, Kernel::ProductTf32x32x128],
    [Kernel::Product32x32, Kernel::ProductTf32x32x32],
    [Kernel::Convolution128x128, Kernel::ConvolutionTf32x128x128],
    [Kernel::Convolution64x64, Kernel::ConvolutionTf32x64x64],
    [Kernel::Convolution32x128, Kernel::ConvolutionTf32x32x128],
    [Kernel::Convolution32x32, Kernel::ConvolutionTf32x32x32],
    [Kernel::ConvolutionInput128x128, Kernel::ConvolutionInputTf32x128x128],
    [Kernel::ConvolutionInput64x64, Kernel::ConvolutionInputTf32x64x64],
    [Kernel::ConvolutionInput32x128, Kernel::ConvolutionInputTf32x32x128],
    [Kernel::ConvolutionInput32x32, Kernel::ConvolutionInputTf32x32x32],
    [Kernel::ConvolutionWeight128x128, Kernel::ConvolutionWeightTf32x128x128],
    [Kernel::ConvolutionWeight64x64, Kernel::ConvolutionWeightTf32x64x64],
    [Kernel::ConvolutionWeight32x128, Kernel::ConvolutionWeightTf32x32x128],
    [Kernel::ConvolutionWeight32x32, Kernel::ConvolutionWeightTf32x32x32],
];

impl Precision {
    /// What does a kernel's work; the same one where it is done in one way only.
    pub(crate) fn of(self, kernel: Kernel) -> Kernel {
        let other = || BOTH.iter().find(|[exact, _]| *exact == kernel).map(|[_, fast]| *fast);
        match self {
            Self::F32 => kernel,
            Self::Tf32 => other().unwrap_or(kernel),
        }
    }
}
